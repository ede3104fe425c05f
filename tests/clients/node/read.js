// Reads what test_node.py asks for through the package odbc and prints it as JSON.
//
//     node read.js DSN TYPES PARAMETERS
const odbc = require('odbc');
const { version } = require('odbc/package.json');

async function read(source, types, parameters) {
  const connection = await odbc.connect(`DSN=${source}`);
  const found = { version };

  const all = await connection.query(types);
  found.names = all.columns.map((column) => column.name);
  found.types = all.columns.map((column) => column.dataTypeName);
  found.row = Object.values(all[0]).map((value) => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof ArrayBuffer ? Buffer.from(value).toString('hex') : value;
  });

  found.by_country = [];
  for (const country of ['NL', 'BE', null]) {
    const rows = await connection.query('SELECT Code, Name FROM crm.Accounts WHERE Country = ?', [country]);
    found.by_country.push(rows.length);
  }
  const statement = await connection.createStatement();
  await statement.prepare('SELECT CAST(? AS INTEGER) + 1 AS a, CAST(? AS VARCHAR) AS b');
  await statement.bind([41, 'é€😀']);
  found.typed = Object.values((await statement.execute())[0]);
  await statement.close();
  const given = [
    41, 9007199254740993n, 0.1, '-1234.50', 'é€😀', '2026-01-31', '23:59:58', '2026-01-31 10:20:30', true,
    new Uint8Array([0, 255, 65]).buffer, null,
  ];
  found.parameters = Object.values((await connection.query(parameters, given))[0]).map((value, number) => {
    if (number === 3) return value.toFixed(2);
    return value instanceof ArrayBuffer ? Buffer.from(value).toString('hex') : value;
  });
  found.long_parameter = (await connection.query('SELECT CHAR_LENGTH(?) AS n', ['x'.repeat(9000)]))[0].n;
  const remarks = await connection.query('SELECT Remarks FROM crm.Accounts WHERE Remarks IS NOT NULL');
  found.longest = Math.max(...remarks.map((row) => [...row.Remarks].length));

  // A block cursor: rows arrive in rowsets of 100.
  const cursor = await connection.query('SELECT Code, Remarks FROM crm.Accounts', { cursor: true, fetchSize: 100 });
  found.blocks = [];
  while (!cursor.noData) {
    found.blocks.push((await cursor.fetch()).length);
  }
  await cursor.close();

  found.error = await connection.query('SELECT Nmae FROM crm.Accounts').then(
    () => null,
    (error) => [error.odbcErrors[0].state, error.odbcErrors[0].message],
  );

  const place = [null, 'crm', 'Accounts'];
  found.tables = (await connection.tables(...place, null)).map((row) => [row.TABLE_SCHEM, row.TABLE_NAME, row.TABLE_TYPE]);
  found.columns = (await connection.columns(...place, null)).map((row) => [row.COLUMN_NAME, row.TYPE_NAME]);
  found.key = (await connection.primaryKeys(...place)).map((row) => row.COLUMN_NAME);
  found.references = (await connection.foreignKeys(null, null, null, null, 'salesinvoice', 'SalesInvoices')).map((row) => [
    row.PKTABLE_NAME, row.PKCOLUMN_NAME, row.FKTABLE_NAME, row.FKCOLUMN_NAME,
  ]);
  await connection.close();
  return found;
}

read(...process.argv.slice(2)).then(
  (found) => console.log(JSON.stringify(found, (_, value) => (typeof value === 'bigint' ? value.toString() : value))),
  (error) => {
    console.error(error, error.odbcErrors);
    process.exit(1);
  },
);
