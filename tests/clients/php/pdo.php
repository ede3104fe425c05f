<?php
// Reads what test_php.py asks for through PDO_ODBC and prints it as JSON.
//
//     php pdo.php DSN TYPES PARAMETERS
[, $source, $types, $parameters] = $argv;
$connection = new PDO("odbc:$source", null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$found = ['version' => PHP_VERSION];

$result = $connection->query($types);
$found['row'] = $result->fetch(PDO::FETCH_NUM);
for ($number = 0; $number < $result->columnCount(); $number++) {
    $found['names'][] = $result->getColumnMeta($number)['name'];
}
$result->closeCursor();

// Every text goes as data at execution.
$accounts = $connection->prepare('SELECT Code, Name FROM crm.Accounts WHERE Country = :country ORDER BY Code');
foreach (['NL', 'BE', null] as $country) {
    $accounts->execute(['country' => $country]);
    $found['by_country'][] = count($accounts->fetchAll());
}
$typed = $connection->prepare('SELECT CAST(? AS INTEGER) + 1, CAST(? AS VARCHAR), CAST(? AS TIMESTAMP)');
$typed->bindValue(1, 41, PDO::PARAM_INT);
$typed->bindValue(2, 'é€😀');
$typed->bindValue(3, '2026-01-31 10:20:30');
$typed->execute();
$found['typed'] = $typed->fetch(PDO::FETCH_NUM);
$every = $connection->prepare($parameters);
$given = [41, '9007199254740993', 0.1, '-1234.50', 'é€😀', '2026-01-31', '23:59:58', '2026-01-31 10:20:30', true, "\x00\xff\x41", null];
foreach ($given as $number => $value) {
    $every->bindValue($number + 1, $value, match (true) {
        $value === null => PDO::PARAM_NULL,
        is_bool($value) => PDO::PARAM_BOOL,
        is_int($value) => PDO::PARAM_INT,
        $number === 9 => PDO::PARAM_LOB,
        default => PDO::PARAM_STR,
    });
}
$every->execute();
$found['parameters'] = $every->fetch(PDO::FETCH_NUM);
$long = $connection->prepare('SELECT CHAR_LENGTH(?)');
$long->execute([str_repeat('x', 9000)]);
$found['long_parameter'] = $long->fetchColumn();
$remarks = $connection->query('SELECT Remarks FROM crm.Accounts WHERE Remarks IS NOT NULL');
$found['longest'] = max(array_map(fn($text) => iconv_strlen($text, 'UTF-8'), $remarks->fetchAll(PDO::FETCH_COLUMN)));

$several = $connection->query('SELECT 1; SELECT 2');
do {
    $found['results'][] = $several->fetchColumn();
} while ($several->nextRowset());

// Scrolling, which PDO asks of a static cursor.
$scrolled = $connection->prepare('SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 ORDER BY n', [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
$scrolled->execute();
foreach ([PDO::FETCH_ORI_LAST, PDO::FETCH_ORI_PRIOR, PDO::FETCH_ORI_FIRST] as $orientation) {
    $found['scrolled'][] = $scrolled->fetch(PDO::FETCH_NUM, $orientation)[0];
}

try {
    $connection->query('SELECT Nmae FROM crm.Accounts');
} catch (PDOException $error) {
    $found['error'] = [$error->errorInfo[0], $error->errorInfo[2]];
}

echo json_encode($found, JSON_THROW_ON_ERROR);
