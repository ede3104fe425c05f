-- Conditions on columns of every type.
SELECT ID, Code, Name FROM Accounts;
SELECT * FROM Accounts;
SELECT * FROM vat.VATCodes;
SELECT COUNT(*) FROM Accounts;
SELECT COUNT(*) FROM Accounts WHERE Blocked = TRUE;
SELECT COUNT(*) FROM Accounts WHERE Name = 'x' OR Blocked = 'False';
SELECT ID FROM Accounts WHERE 1 = 0; -- none
SELECT ID FROM Accounts WHERE NULL; -- none
SELECT ID FROM Accounts WHERE NOT NULL; -- none
SELECT ID FROM Accounts WHERE 1 = 1;
SELECT ID FROM Accounts WHERE 2 > 1 AND Status = 'C';
SELECT ID FROM Accounts WHERE 1 = 0 OR Status = 'C';
SELECT ID FROM Accounts WHERE Division = 5512;
SELECT ID FROM Accounts WHERE Division <> 5512; -- none
SELECT ID FROM Accounts WHERE Division IN (5512, 5515);
-- Yes and no.
SELECT Code FROM Accounts WHERE IsSales;
SELECT Code FROM Accounts WHERE NOT IsSales;
SELECT Code FROM Accounts WHERE IsSales = TRUE;
SELECT Code FROM Accounts WHERE IsSales = 1;
SELECT Code FROM Accounts WHERE IsSales = 'False';
SELECT Code FROM Accounts WHERE IsSales <> FALSE;
SELECT Code FROM Accounts WHERE IsSales = FALSE AND IsSupplier = TRUE;
SELECT Code FROM Accounts WHERE NOT (IsSales OR IsSupplier); -- none
SELECT Code FROM Accounts WHERE IsSales IS NOT NULL;
SELECT Code FROM Accounts WHERE IsMailing = 0;
SELECT Code FROM Accounts WHERE IsMailing = 0 OR IsCompetitor = 1;
SELECT FullName FROM Contacts WHERE IsMainContact = TRUE AND AccountIsCustomer = FALSE;
SELECT FullName FROM Contacts WHERE IsMainContact IN (TRUE, FALSE);
SELECT COUNT(*) FROM Contacts WHERE IsMainContact OR NOT IsMainContact;
-- Guids.
SELECT ID FROM Accounts WHERE Parent <> '00000000-0000-0000-0000-000000000001' OR Parent IS NULL;
SELECT ID FROM Accounts WHERE Parent IS NULL;
SELECT ID FROM Accounts WHERE Parent IS NOT NULL;
SELECT ID FROM Accounts WHERE NOT (Parent IS NULL);
SELECT ID FROM TransactionLines WHERE Account <> '00000000-0000-0000-0000-000000000001';
SELECT ID FROM TransactionLines WHERE NOT (Account = '00000000-0000-0000-0000-000000000001');
SELECT Name FROM Accounts WHERE ID = '{00000000-0000-0000-0000-000000000001}'; -- none
SELECT Name FROM Accounts WHERE ID IN ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'); -- none
SELECT Name FROM Accounts WHERE ID > '80000000-0000-0000-0000-000000000000';
SELECT Name FROM Accounts WHERE ID <> MainContact;
SELECT ID FROM TransactionLines WHERE Account IS NULL;
SELECT COUNT(*) FROM TransactionLines WHERE Account IS NULL OR Item IS NULL;
-- Whole numbers.
SELECT ID FROM TransactionLines WHERE FinancialYear = 2024 AND FinancialPeriod IN (1, 2, 3);
SELECT ID FROM TransactionLines WHERE FinancialYear <> 2024 OR Account IS NULL;
SELECT ID FROM TransactionLines WHERE FinancialPeriod NOT IN (1, 2);
SELECT ID FROM TransactionLines WHERE FinancialPeriod NOT IN (1, NULL); -- none
SELECT ID FROM TransactionLines WHERE FinancialPeriod IN (1, NULL);
SELECT ID FROM TransactionLines WHERE FinancialPeriod BETWEEN 3 AND 5 AND FinancialYear >= 2025;
SELECT ID FROM TransactionLines WHERE NOT (FinancialPeriod BETWEEN 3 AND 12);
SELECT ID FROM TransactionLines WHERE LineNumber = 0;
SELECT ID FROM TransactionLines WHERE LineNumber > 120;
SELECT ID FROM TransactionLines WHERE LineNumber + 1 = 3;
SELECT ID FROM TransactionLines WHERE 2 * LineNumber >= 6 AND LineNumber < 5;
SELECT ID FROM TransactionLines WHERE 5 > LineNumber AND 3 <= LineNumber;
SELECT ID FROM TransactionLines WHERE LineNumber = FinancialPeriod;
SELECT ID FROM TransactionLines WHERE LineNumber % 2 = 1 AND Type = 20;
SELECT ID FROM TransactionLines WHERE Type = '20';
SELECT ID FROM TransactionLines WHERE Type IN ('20', '30');
SELECT ID FROM TransactionLines WHERE Type = 40.0;
SELECT ID FROM TransactionLines WHERE LineNumber < 0; -- none
SELECT InvoiceID FROM SalesInvoices WHERE InvoiceNumber = 10007;
SELECT InvoiceID FROM SalesInvoices WHERE InvoiceNumber IN (10001, 10003, 10005, 99999);
SELECT InvoiceID FROM SalesInvoices WHERE InvoiceNumber BETWEEN 10010 AND 10020;
SELECT ID FROM TransactionLines WHERE InvoiceNumber IS NULL;
SELECT ID FROM TransactionLines WHERE InvoiceNumber IS NULL OR InvoiceNumber > 10150;
SELECT ID FROM GLAccounts WHERE Type IN (110, 111) OR BalanceType = 'B';
SELECT ID FROM GLAccounts WHERE Type > 100 AND Type <> 121;
-- Amounts.
SELECT ID FROM Accounts WHERE CreditLineSales > 0;
SELECT ID FROM Accounts WHERE CreditLineSales IS NULL OR CreditLineSales <> 0;
SELECT ID FROM Accounts WHERE CreditLineSales = 0.1;
SELECT ID FROM Accounts WHERE CreditLineSales = 1e15;
SELECT ID FROM Accounts WHERE CreditLineSales = 1000000000000000;
SELECT ID FROM Accounts WHERE CreditLineSales < 0;
SELECT ID FROM Accounts WHERE CreditLineSales = 0.3; -- none
SELECT ID FROM Accounts WHERE CreditLineSales IN (0.1, 9075, 1.5);
SELECT ID FROM Accounts WHERE CreditLineSales NOT IN (0.1, 9075, 1.5);
SELECT ID FROM Accounts WHERE CreditLineSales <= 0.0000001;
SELECT ID FROM Accounts WHERE -CreditLineSales > 0;
SELECT ID FROM Accounts WHERE NOT (CreditLineSales >= 1);
SELECT AmountDC FROM TransactionLines WHERE AmountDC BETWEEN -100 AND 250.50;
SELECT AmountDC FROM TransactionLines WHERE AmountDC NOT BETWEEN -10000 AND 10000;
SELECT AmountDC FROM TransactionLines WHERE AmountDC > 1000 AND AmountDC < 2000;
SELECT AmountDC FROM TransactionLines WHERE AmountDC = AmountFC AND AmountDC > 20000;
SELECT AmountDC FROM TransactionLines WHERE ABS(AmountDC) > 20000;
SELECT AmountDC FROM TransactionLines WHERE AmountDC * 2 > 50000;
SELECT AmountDC FROM TransactionLines WHERE ROUND(AmountDC, -3) = 2000;
SELECT AmountDC FROM TransactionLines WHERE AmountDC > '15000';
SELECT ID FROM TransactionLines WHERE Quantity = 1;
SELECT ID FROM TransactionLines WHERE NOT (Quantity = 1);
SELECT ID FROM TransactionLines WHERE Quantity <> 1;
SELECT ID FROM TransactionLines WHERE Quantity IS NULL;
SELECT ID FROM TransactionLines WHERE Quantity > 5 OR Quantity IS NULL AND LineNumber = 0;
SELECT ID FROM Items WHERE FreeNumberField_01 IS NULL;
SELECT ID FROM Items WHERE FreeNumberField_01 > 1 OR FreeNumberField_02 < 0;
SELECT Code FROM Items WHERE StandardSalesPrice > 1000 AND StandardSalesPrice <= 2000;
SELECT Code FROM Items WHERE CostPriceStandard > StandardSalesPrice / 2;
-- Combinations.
SELECT ID FROM Accounts WHERE NOT (Email IS NULL OR Blocked = TRUE);
SELECT ID FROM Accounts WHERE (Status = 'C' OR Status = 'A') AND (IsSales OR Country = 'BE');
SELECT ID FROM Accounts WHERE NOT (Status = 'C' AND IsSales AND CreditLineSales > 0);
SELECT ID FROM Accounts WHERE NOT (NOT (Status = 'C') OR NOT IsSales);
SELECT ID FROM Accounts WHERE Status = 'C' AND UPPER(Name) LIKE '%BV%';
SELECT ID FROM Accounts WHERE Status = 'C' OR UPPER(Name) LIKE '%BV%';
SELECT ID FROM Accounts WHERE (Status = 'C') = IsSales;
SELECT ID FROM Accounts WHERE CASE WHEN IsSales THEN Status ELSE 'C' END = 'C';
SELECT ID FROM Accounts WHERE COALESCE(Email, '') <> '';
SELECT ID FROM TransactionLines WHERE Type = 20 AND (LineNumber = 0 OR (FinancialYear = 2020 AND NOT FinancialPeriod = 6));
SELECT ID FROM TransactionLines WHERE (Type = 20 OR Type = 30 OR Type = 40) AND (FinancialYear = 2021 OR FinancialYear = 2022) AND LineNumber <> 0;
