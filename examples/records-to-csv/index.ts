import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { defineProcessor, PermanentError } from '../../runtime/processor';

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

export default defineProcessor({
  description: "Gathers the records in an execution's results (results/…/SUCCEEDED_0.jsonl) into one table.",
  outputs: ['.csv'],
  async process(object, { scratch }) {
    const [results, table] = [join(scratch, 'results.jsonl'), join(scratch, 'table.csv')];
    await pipeline(object.body, createWriteStream(results));
    const settings = { threads: '1', memory_limit: '512MB', autoinstall_known_extensions: 'false' };
    const database = await DuckDBInstance.create(':memory:', { ...settings, temp_directory: scratch });
    try {
      const sql = await database.connect();
      const query = async (statement: string) => (await sql.runAndReadAll(statement)).getRowsJson();
      const columns = "{object_key: 'VARCHAR', outputs: 'STRUCT(key VARCHAR, record JSON)[]'}";
      await query(`CREATE VIEW records AS
        SELECT object_key, output.key AS output_key, output.record AS record
        FROM (
          SELECT object_key, unnest(outputs) AS output
          FROM read_json(${text(results)}, format = 'newline_delimited', columns = ${columns})
        ) WHERE record IS NOT NULL`);
      // The fields of all records, each with a type that fits all of its values.
      const [[fields, rows] = []] = await query(
        'SELECT json_group_structure(record), count(*) FROM records',
      ).catch((cause: Error) => {
        throw new PermanentError(`the content is not the results of an execution: ${cause.message}`, {
          cause,
        });
      });
      if (Number(rows) === 0) throw new PermanentError('no object of the execution has a record');
      const record = `from_json(record, ${text(String(fields))})`;
      const isObject = String(fields).startsWith('{');
      await query(`COPY (
        SELECT object_key, output_key, ${isObject ? `unnest(${record})` : `${record} AS record`} FROM records
      ) TO ${text(table)} (FORMAT csv, HEADER)`);
      const contentType = 'text/csv; charset=utf-8';
      return { suffix: '.csv', body: createReadStream(table), contentType, record: { rows: Number(rows) } };
    } finally {
      database.closeSync();
    }
  },
});
