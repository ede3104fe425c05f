#!/usr/bin/env bash
# From a fresh Debian machine (git, Rust, Python 3) to a report over a simulated company, through unixODBC:
#
#     installer/demo.sh
#
# Installs what is missing from the system's packages, builds the driver, registers it, starts the company on
# 127.0.0.1, and prints a report with the number of API calls that it took. May be run again at any time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/environment.sh

need_build_packages

say "Building the driver (the first time takes several minutes)"
cargo build --locked -p exact-odbc -p exact-odbc-installer

say "Registering the driver with unixODBC"
"$programs/exact-odbc" install
if [ "$(id -u)" -eq 0 ]; then links=/usr/local/bin; else links="$HOME/.local/bin"; fi
mkdir -p "$links"
ln -sf "$programs/exact-odbc" "$links/exact-odbc"

say "Starting the demo company"
"$programs/exact-odbc" demo "$@"

report="SELECT TOP 10 a.Code, a.Name, a.City, COUNT(*) AS Invoices, ROUND(SUM(i.AmountDC), 2) AS Amount
FROM salesinvoice.SalesInvoices i JOIN crm.Accounts a ON a.ID = i.InvoiceTo
GROUP BY a.Code, a.Name, a.City
ORDER BY Amount DESC"

say "The ten largest customers, through the driver manager"
printf '%s\n\n' "$report"
"$programs/exact-odbc" query --dsn ExactDemo "$report"

say "What that took"
"$programs/exact-odbc" demo status

say "Query on"
cat <<EOF
isql -v ExactDemo
exact-odbc query --dsn ExactDemo "SELECT COUNT(*) FROM Accounts"
exact-odbc query --dsn ExactDemo --output accounts.csv "SELECT Code, Name, Country FROM Accounts"

Python, in an environment with pyodbc (python3 -m venv exact && exact/bin/pip install pyodbc):
    import pyodbc
    connection = pyodbc.connect("DSN=ExactDemo")
    for row in connection.execute("SELECT TOP 5 Code, Name FROM Accounts WHERE Country = ? ORDER BY Name", "NL"):
        print(row.Code, row.Name)

End the demo with:  exact-odbc demo stop
EOF
case ":$PATH:" in
*":$links:"*) ;;
*) echo "The program exact-odbc lies in $links, which is not in your PATH: export PATH=\"$links:\$PATH\"" ;;
esac
