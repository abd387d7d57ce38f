import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { defineProcessor, PermanentError } from '../../runtime/processor';

/** Data that does not fit in memory goes to the scratch folder. */
const SETTINGS = { threads: '1', memory_limit: '512MB', autoinstall_known_extensions: 'false' };
const COLUMNS = "{object_key: 'VARCHAR', outputs: 'STRUCT(key VARCHAR, record JSON)[]'}";
/** As a text of SQL. */
const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

export default defineProcessor({
  description: "Gathers the records in an execution's results (results/…/SUCCEEDED_0.jsonl) into one table.",
  outputs: ['.csv'],
  async process(object, { scratch }) {
    const [results, table] = [join(scratch, 'results.jsonl'), join(scratch, 'table.csv')];
    await pipeline(object.body, createWriteStream(results));
    const database = await DuckDBInstance.create(':memory:', { ...SETTINGS, temp_directory: scratch });
    try {
      const sql = await database.connect();
      const query = async (text: string) => (await sql.runAndReadAll(text)).getRowsJson();
      const lines = `read_json(${quote(results)}, format = 'newline_delimited', columns = ${COLUMNS})`;
      await query(`CREATE VIEW records AS
        SELECT object_key, output.key AS output_key, output.record AS record
        FROM (SELECT object_key, unnest(outputs) AS output FROM ${lines}) WHERE record IS NOT NULL`);
      // The fields of all records, each with a type that fits all of its values.
      const all = 'SELECT json_group_structure(record), count(*) FROM records';
      const [[fields, rows] = []] = await query(all).catch((error: Error) => {
        // Another try may succeed, after a full disk, say.
        if (!/^Invalid Input/.test(error.message)) throw error;
        throw new PermanentError('these are not the results of an execution', { cause: error });
      });
      if (rows === '0')
        throw new PermanentError('no result has a record; those of skipped objects have none');
      const record = `from_json(record, ${quote(String(fields))})`;
      const cells = String(fields).startsWith('{') ? `unnest(${record})` : `${record} AS record`;
      await query(
        `COPY (SELECT object_key, output_key, ${cells} FROM records) TO ${quote(table)} (FORMAT csv)`,
      );
      return {
        suffix: '.csv',
        body: createReadStream(table),
        contentType: 'text/csv; charset=utf-8',
        record: { rows: Number(rows) },
      };
    } finally {
      database.closeSync();
    }
  },
});
