# Reads what test_perl.py asks for through DBD::ODBC and prints it as JSON.
#
#     perl read.pl DSN TYPES PARAMETERS
use strict;
use warnings;
use DBI qw(:sql_types);
use Encode qw(decode);
use JSON::PP;

my ($source, $types, $parameters) = @ARGV;
my %attributes = (RaiseError => 1, PrintError => 0, LongReadLen => 100_000);
my $dbh = DBI->connect("dbi:ODBC:$source", undef, undef, \%attributes);
$dbh->{odbc_query_timeout} = 30;
my %found = (version => $DBD::ODBC::VERSION);

my $sth = $dbh->prepare($types);
$sth->execute;
$found{names} = $sth->{NAME};
$found{types} = $sth->{TYPE};
$found{nullable} = $sth->{NULLABLE};
$found{row} = [@{$sth->fetchrow_arrayref}];
$found{row}[-1] = unpack("H*", $found{row}[-1]);
$sth->finish;

# Prepared once, executed with several values; typed, NULL and long ones.
my $accounts = $dbh->prepare("SELECT Code, Name FROM crm.Accounts WHERE Country = ? ORDER BY Code");
for my $country ("NL", "BE", undef) {
    $accounts->execute($country);
    push @{$found{by_country}}, scalar @{$accounts->fetchall_arrayref};
}
my $typed = $dbh->prepare("SELECT CAST(? AS INTEGER) + 1, CAST(? AS VARCHAR), CAST(? AS TIMESTAMP)");
$typed->bind_param(1, 41, SQL_INTEGER);
$typed->bind_param(2, "é€😀", SQL_WVARCHAR);
$typed->bind_param(3, "2026-01-31 10:20:30", SQL_TYPE_TIMESTAMP);
$typed->execute;
$found{typed} = $typed->fetchrow_arrayref;
my $every = $dbh->prepare($parameters);
my @given = (
    [41, SQL_INTEGER], ["9007199254740993", SQL_BIGINT], [0.1, SQL_DOUBLE], ["-1234.50", SQL_DECIMAL], ["é€😀", SQL_WVARCHAR],
    ["2026-01-31", SQL_TYPE_DATE], ["23:59:58", SQL_TYPE_TIME], ["2026-01-31 10:20:30", SQL_TYPE_TIMESTAMP], [1, SQL_BIT],
    ["\x00\xff\x41", SQL_VARBINARY], [undef, SQL_VARCHAR],
);
$every->bind_param($_ + 1, @{$given[$_]}) for 0 .. $#given;
$every->execute;
$found{parameters} = [@{$every->fetchrow_arrayref}];
$found{parameters}[9] = unpack("H*", $found{parameters}[9]);
$every->finish;
my $name = "x" x 9_000;
$found{long_parameter} = $dbh->selectrow_array("SELECT CHAR_LENGTH(?)", undef, $name);
($found{longest}) = sort { $b <=> $a } map { length decode("UTF-8", $_->[0]) }
    @{$dbh->selectall_arrayref("SELECT Remarks FROM crm.Accounts WHERE Remarks IS NOT NULL")};

# Several result sets of one text.
my $several = $dbh->prepare("SELECT 1; SELECT 2");
$several->execute;
do { push @{$found{results}}, map { $_->[0] } @{$several->fetchall_arrayref} } while ($several->{odbc_more_results});

eval { $dbh->selectall_arrayref("SELECT Nmae FROM crm.Accounts") };
$found{error} = [$dbh->state, $dbh->errstr];

my @arguments = (undef, "crm", "Accounts");
$found{tables} = [map { [@{$_}[1 .. 3]] } @{$dbh->table_info(@arguments, undef)->fetchall_arrayref}];
$found{columns} = [map { [$_->[3], $_->[5]] } @{$dbh->column_info(@arguments, "%")->fetchall_arrayref}];
$found{key} = [$dbh->primary_key(@arguments)];
$found{references} = [map { [@{$_}[2, 3, 6, 7]] }
    @{$dbh->foreign_key_info(undef, undef, undef, undef, "salesinvoice", "SalesInvoices")->fetchall_arrayref}];
$found{statistics} = [map { $_->[8] // () } @{$dbh->statistics_info(@arguments, 1, 1)->fetchall_arrayref}];
$found{type_names} = [map { $_->[0] } @{$dbh->type_info_all}[1 .. $#{$dbh->type_info_all}]];
$found{dbms} = $dbh->get_info(17);
$dbh->disconnect;

# Debian builds the package for narrow text: bytes of UTF-8.
print JSON::PP->new->encode(\%found);
