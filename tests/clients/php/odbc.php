<?php
// Reads what test_php.py asks for through the odbc_ functions and prints it as JSON.
//
//     php odbc.php DSN TYPES PARAMETERS
[, $source, $types, $parameters] = $argv;
$connection = odbc_connect($source, '', '') or exit(1);
$found = ['version' => PHP_VERSION];

/** All rows of a result, as lists. */
function rows($result): array
{
    for ($rows = []; $row = odbc_fetch_array($result);) {
        $rows[] = array_values($row);
    }
    return $rows;
}

/** Some columns, counted from 0, of all rows of a result. */
function parts($result, int ...$numbers): array
{
    return array_map(fn($row) => array_map(fn($number) => $row[$number], $numbers), rows($result));
}

$result = odbc_exec($connection, $types);
for ($number = 1; $number <= odbc_num_fields($result); $number++) {
    $found['names'][] = odbc_field_name($result, $number);
    $found['types'][] = odbc_field_type($result, $number);
}
odbc_binmode($result, ODBC_BINMODE_CONVERT);
$found['row'] = rows($result)[0];

$accounts = odbc_prepare($connection, 'SELECT Code, Name FROM crm.Accounts WHERE Country = ? ORDER BY Code');
foreach (['NL', 'BE', null] as $country) {
    odbc_execute($accounts, [$country]);
    $found['by_country'][] = count(rows($accounts));
}
// It sends every parameter as text; binary data as the bytes of one.
$every = odbc_prepare($connection, $parameters);
$given = [41, '9007199254740993', 0.1, '-1234.50', 'é€😀', '2026-01-31', '23:59:58', '2026-01-31 10:20:30', 1, "\x00\xff\x41", null];
odbc_execute($every, $given);
odbc_binmode($every, ODBC_BINMODE_CONVERT);
$found['parameters'] = rows($every)[0];
$long = odbc_prepare($connection, 'SELECT CHAR_LENGTH(?)');
odbc_execute($long, [str_repeat('x', 9000)]);
$found['long_parameter'] = odbc_result($long, 1);
$remarks = odbc_exec($connection, 'SELECT Remarks FROM crm.Accounts WHERE Remarks IS NOT NULL');
odbc_longreadlen($remarks, 100000);
$found['longest'] = max(array_map(fn($row) => iconv_strlen($row[0], 'UTF-8'), rows($remarks)));

$several = odbc_exec($connection, 'SELECT 1; SELECT 2');
do {
    $found['results'][] = rows($several)[0][0];
} while (odbc_next_result($several));

@odbc_exec($connection, 'SELECT Nmae FROM crm.Accounts');
$found['error'] = [odbc_error($connection), odbc_errormsg($connection)];

$found['tables'] = parts(odbc_tables($connection, null, 'crm', 'Accounts', 'TABLE'), 1, 2, 3);
$found['columns'] = parts(odbc_columns($connection, null, 'crm', 'Accounts', '%'), 3, 5);
$found['key'] = array_column(parts(odbc_primarykeys($connection, null, 'crm', 'Accounts'), 3), 0);
$found['references'] = parts(odbc_foreignkeys($connection, '', '', '', '', 'salesinvoice', 'SalesInvoices'), 2, 3, 6, 7);
$found['statistics'] = array_column(parts(odbc_statistics($connection, '', 'crm', 'Accounts', 0, 0), 8), 0);
$found['special'] = array_column(parts(odbc_specialcolumns($connection, 1, '', 'crm', 'Accounts', 0, 1), 1), 0);
$found['type_names'] = array_column(rows(odbc_gettypeinfo($connection)), 0);
odbc_close($connection);

echo json_encode($found, JSON_THROW_ON_ERROR);
