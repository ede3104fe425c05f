-- Text: case, blanks, quotes, wildcards, characters of every kind.
SELECT Code, Name FROM crm.Accounts WHERE Country = 'NL';
SELECT Code, Name FROM crm.Accounts WHERE Country <> 'NL';
SELECT Code, Name FROM crm.Accounts WHERE Country IN ('BE', 'DE', 'nl');
SELECT Code FROM Accounts WHERE Country NOT IN ('NL', 'BE');
SELECT Code FROM Accounts WHERE Country <> 'nl';
SELECT Code FROM Accounts WHERE NOT (Country = 'nl');
SELECT Code FROM Accounts WHERE Country = 'nl' OR Country = 'BE';
SELECT Code FROM Accounts WHERE Country = 'NL '; -- none
SELECT Code FROM Accounts WHERE Country LIKE 'N%';
SELECT Code FROM Accounts WHERE Country > 'BE' AND Country <= 'NL';
SELECT Code FROM Accounts WHERE 'NL' = Country;
SELECT Code FROM Accounts WHERE LOWER(Country) = 'nl';
SELECT Name FROM Accounts WHERE Name = 'Jansen BV';
SELECT Name FROM Accounts WHERE Name = 'jansen bv'; -- none
SELECT Name FROM Accounts WHERE Name = 'JANSEN BV';
SELECT Name FROM Accounts WHERE Name <> 'Jansen BV';
SELECT Name FROM Accounts WHERE LOWER(Name) = 'jansen bv';
SELECT Name FROM Accounts WHERE UPPER(Name) = UPPER('jansen bv');
SELECT Name FROM Accounts WHERE Name IN ('Jansen BV', 'null', 'x');
SELECT Name FROM Accounts WHERE Name NOT IN ('Jansen BV', 'null', 'x');
SELECT Name FROM Accounts WHERE Name BETWEEN 'A' AND 'K';
SELECT Name FROM Accounts WHERE Name NOT BETWEEN 'a' AND 'k';
SELECT Name FROM Accounts WHERE Name > 'm';
SELECT Name FROM Accounts WHERE Name >= 'Jansen BV';
SELECT Name FROM Accounts WHERE Name < 'Jansen';
SELECT Name FROM Accounts WHERE Name < 'É';
SELECT Name FROM Accounts WHERE Name = 'O''Neill & Zonen "De Zwaan" BV';
SELECT Name FROM Accounts WHERE Name = '100% Natuurlijk_Vers';
SELECT Name FROM Accounts WHERE Name = 'Bakkerij 🥐 De Croissant 👨‍👩‍👧‍👦';
SELECT Name FROM Accounts WHERE Name = 'شركة النور للتجارة';
SELECT Name FROM Accounts WHERE Name = '日本商事株式会社';
SELECT Name FROM Accounts WHERE Name = N'𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒜𝒢';
SELECT Name FROM Accounts WHERE Name = 'Trailing Blanks BV'; -- none
SELECT Name FROM Accounts WHERE Name = 'Trailing Blanks BV   ';
SELECT Name FROM Accounts WHERE Name = 'Leading Blank'; -- none
SELECT Name FROM Accounts WHERE Name = ' Leading Blank';
SELECT Name FROM Accounts WHERE Name = 'Ångström Über Çelik ŁÓDŹ';
SELECT Name FROM Accounts WHERE Name = 'ångström über çelik łódź'; -- none
SELECT Name FROM Accounts WHERE Name = 'Back\slash; -- DROP TABLE {x} [y] `z`';
SELECT Name FROM Accounts WHERE Name LIKE 'J%';
SELECT Name FROM Accounts WHERE Name LIKE 'j%'; -- none
SELECT Name FROM Accounts WHERE Name LIKE '%BV';
SELECT Name FROM Accounts WHERE Name LIKE '%B_';
SELECT Name FROM Accounts WHERE Name LIKE '%a%';
SELECT Name FROM Accounts WHERE Name LIKE '%A%' AND NOT Name LIKE '%a%';
SELECT Name FROM Accounts WHERE Name LIKE '%a%e%';
SELECT Name FROM Accounts WHERE Name LIKE 'A%' OR Name LIKE '%''%';
SELECT Name FROM Accounts WHERE Name NOT LIKE '%BV%';
SELECT Name FROM Accounts WHERE Name LIKE '%🥐%';
SELECT Name FROM Accounts WHERE Name LIKE '_0%';
SELECT Name FROM Accounts WHERE Name LIKE '%\%%';
SELECT Name FROM Accounts WHERE Name LIKE '%\_%' {escape '\'};
SELECT Name FROM Accounts WHERE Name LIKE ''; -- none
SELECT Name FROM Accounts WHERE Name LIKE '%';
SELECT Name FROM Accounts WHERE Name LIKE 'Jansen BV';
SELECT Name FROM Accounts WHERE UPPER(Name) LIKE 'JANSEN%';
SELECT Name FROM Accounts WHERE SUBSTRING(Name, 1, 3) = 'Jan';
SELECT Name FROM Accounts WHERE LEFT(Name, 1) = 'J';
SELECT Name FROM Accounts WHERE LEN(Name) > 20;
SELECT Name FROM Accounts WHERE CHARINDEX('BV', Name) > 0;
SELECT Name FROM Accounts WHERE Name || '' = 'Jansen BV';
SELECT Name FROM Accounts WHERE TRIM(Name) = 'Leading Blank';
-- Codes that are padded at the left.
SELECT Code FROM Accounts WHERE Code = '1';
SELECT Code FROM Accounts WHERE Code = ' 1'; -- none
SELECT Code FROM Accounts WHERE Code = '                 1'; -- none
SELECT Code FROM Accounts WHERE Code <> '1';
SELECT Code FROM Accounts WHERE Code IN ('1', '2', '12', '100');
SELECT Code FROM Accounts WHERE Code NOT IN ('1', '2');
SELECT Code FROM Accounts WHERE Code > '2';
SELECT Code FROM Accounts WHERE Code BETWEEN '1' AND '15';
SELECT Code FROM Accounts WHERE Code LIKE '1%';
SELECT Code FROM Accounts WHERE Code LIKE '%1';
SELECT Code FROM Accounts WHERE Code IS NULL; -- none
SELECT Code FROM Accounts WHERE CAST(Code AS INT) > 15;
SELECT ID FROM TransactionLines WHERE TRIM(AccountCode) = '7';
SELECT ID, AccountCode FROM TransactionLines WHERE AccountCode = '7';
SELECT ID, AccountCode FROM TransactionLines WHERE AccountCode IN ('7', '11') AND LineNumber < 2;
SELECT ID, AccountCode FROM TransactionLines WHERE AccountCode LIKE '1%' AND FinancialYear = 2024;
SELECT ID FROM TransactionLines WHERE AccountCode = 7 AND AmountDC > 0;
SELECT Name FROM Accounts WHERE Name LIKE 'Back\%';
SELECT Name FROM Accounts WHERE Name LIKE '%\s%';
SELECT Name FROM Accounts WHERE Name LIKE '%!%%' ESCAPE '!';
SELECT ID FROM TransactionLines WHERE LTRIM(AccountCode) IN ('7', '8') AND LineNumber = 0;
-- Empty is not null.
SELECT ID FROM Accounts WHERE AddressLine3 IS NULL;
SELECT ID FROM Accounts WHERE AddressLine3 = '';
SELECT ID FROM Accounts WHERE AddressLine3 <> '';
SELECT ID FROM Accounts WHERE AddressLine3 = '  ';
SELECT ID FROM Accounts WHERE AddressLine3 = 'x';
SELECT ID FROM Accounts WHERE AddressLine3 IS NOT NULL;
SELECT ID FROM Accounts WHERE AddressLine3 IN ('', 'x');
SELECT ID FROM Accounts WHERE AddressLine3 LIKE '%x%' OR AddressLine3 IS NULL;
SELECT ID, AddressLine2, AddressLine3, Website, Remarks FROM Accounts;
SELECT ID FROM Accounts WHERE Email IS NOT NULL;
SELECT ID FROM Accounts WHERE Email LIKE 'info1%';
SELECT ID FROM Accounts WHERE LENGTH(Remarks) > 1000;
SELECT ID FROM Accounts WHERE Remarks LIKE '%🚀%';
SELECT Description FROM GLAccounts WHERE SearchCode = 'RENTE';
SELECT Description FROM GLAccounts WHERE SearchCode LIKE 'OMZET%';
SELECT Description FROM GLAccounts WHERE Description LIKE '%"%';
SELECT Description FROM GLAccounts WHERE Description LIKE '%100\%%' OR Description LIKE '%(0%';
SELECT Description FROM GLAccounts WHERE Description = 'Résultat à répartir — “diversen”';
SELECT Code FROM GLAccounts WHERE Code >= '8000' AND Code < '9000';
SELECT Code FROM GLAccounts WHERE Code LIKE '4%' AND Code NOT LIKE '43%';
SELECT Code FROM GLAccounts WHERE CAST(Code AS INT) / 1000 = 8;
SELECT ID FROM TransactionLines WHERE GLAccountCode = '8000' AND Description LIKE '%maart%';
SELECT ID FROM TransactionLines WHERE Description LIKE '%A\_B%' ESCAPE '\';
SELECT ID FROM TransactionLines WHERE Description LIKE '%d''Or%' AND FinancialYear = 2023;
SELECT ID FROM TransactionLines WHERE JournalCode IN ('70', '60') AND VATCode = '2';
SELECT ID FROM TransactionLines WHERE VATCode IS NULL AND CostCenter IS NOT NULL;
SELECT ID FROM TransactionLines WHERE CostCenter = '001' OR CostCenter > '200';
SELECT ID FROM TransactionLines WHERE YourRef LIKE 'PO-1%';
