# Reads what test_r.py asks for through RODBC and prints it as JSON.
#
#     Rscript rodbc.R DSN TYPES
suppressPackageStartupMessages({
    library(RODBC)
    library(jsonlite)
})
arguments <- commandArgs(trailingOnly = TRUE)
channel <- odbcConnect(arguments[1])
stopifnot(channel >= 0)

row <- sqlQuery(channel, arguments[2], as.is = TRUE, stringsAsFactors = FALSE)
row$bytes <- paste(format(row$bytes[[1]]), collapse = "")
kinds <- sqlQuery(channel, arguments[2], stringsAsFactors = FALSE)
invoices <- sqlQuery(channel, "SELECT AmountDC, InvoiceDate FROM salesinvoice.SalesInvoices")
remarks <- sqlQuery(channel, "SELECT Remarks FROM crm.Accounts WHERE Remarks IS NOT NULL", as.is = TRUE)
keys <- sqlPrimaryKeys(channel, "Accounts", schema = "crm")
columns <- sqlColumns(channel, "Accounts", schema = "crm")

found <- list(
    version = as.character(packageVersion("RODBC")),
    names = names(row),
    row = lapply(row, as.character),
    kinds = lapply(kinds, function(column) class(column)[1]),
    invoices = nrow(invoices),
    amount = sum(invoices$AmountDC),
    date = class(invoices$InvoiceDate)[1],
    longest = max(nchar(remarks$Remarks)),
    accounts = nrow(sqlFetch(channel, "crm.Accounts", max = 25)),
    error = sqlQuery(channel, "SELECT Nmae FROM crm.Accounts")[1],
    tables = sqlTables(channel, schema = "crm", tableName = "Accounts")[, c("TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE")],
    columns = data.frame(name = columns$COLUMN_NAME, type = columns$TYPE_NAME),
    key = keys$COLUMN_NAME,
    type_names = sqlTypeInfo(channel)$TYPE_NAME,
    dbms = odbcGetInfo(channel)[["DBMS_Name"]]
)
close(channel)
cat(toJSON(found, auto_unbox = TRUE, digits = NA, na = "null", null = "null"))
