import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { defineProcessor, PermanentError, z } from '../../runtime/processor';

/** One thread, because slots already run side by side. Data that does not fit in memory goes to the scratch folder. */
const SETTINGS = { threads: '1', memory_limit: '512MB', autoinstall_known_extensions: 'false' };
const BAD_ROWS = 'SELECT line, any_value(error_message) FROM reject_errors GROUP BY line ORDER BY line';
/** As a text of SQL. */
const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

export default defineProcessor({
  description: 'Converts each CSV file (.csv, .csv.gz) to Parquet, with the types that its columns have.',
  outputs: ['.parquet'],
  parameters: z.object({
    delimiter: z.string().max(4).optional().describe('Field delimiter. DuckDB detects it by default.'),
    encoding: z.enum(['utf-8', 'utf-16', 'latin-1']).default('utf-8').describe('Text encoding.'),
    bad_rows: z.number().int().min(0).max(999).default(0).describe('Bad rows to leave out at most.'),
  }),
  async process(object, { parameters: { delimiter, encoding, bad_rows }, scratch, log }) {
    if (object.size === 0) throw new PermanentError('the CSV file is empty');
    const [csv, parquet] = [join(scratch, 'in.csv'), join(scratch, 'out.parquet')];
    await pipeline(object.body, createWriteStream(csv));
    const isGzip = object.contentEncoding === 'gzip' || object.key.endsWith('.gz');
    const options = [`compression = '${isGzip ? 'gzip' : 'none'}', encoding = '${encoding}'`];
    options.push('store_rejects = true, rejects_limit = 1000');
    if (delimiter) options.push(`delim = ${quote(delimiter)}`);
    const database = await DuckDBInstance.create(':memory:', { ...SETTINGS, temp_directory: scratch });
    try {
      const sql = await database.connect();
      const query = async (text: string) => (await sql.runAndReadAll(text)).getRowsJson();
      const source = `read_csv(${quote(csv)}, ${options.join(', ')})`;
      const copy = `COPY (FROM ${source}) TO ${quote(parquet)} (FORMAT parquet, COMPRESSION zstd)`;
      const [[rows] = []] = await query(copy).catch((error: Error) => {
        // Another try may succeed, after a full disk, say.
        if (!/^Invalid Input|not a GZIP/.test(error.message)) throw error;
        throw new PermanentError(`DuckDB cannot read it: ${error.message.split('\n', 2).join(' ')}`);
      });
      const bad = await query(BAD_ROWS);
      const lines = bad.map(([line, problem]) => `line ${line}: ${problem}`);
      const message = `bad rows (${bad.length}): ${lines.slice(0, 5).join('; ')}`;
      if (bad.length > bad_rows) throw new PermanentError(message);
      if (bad.length > 0) log.warn(message);
      return {
        suffix: '.parquet',
        body: createReadStream(parquet),
        contentType: 'application/vnd.apache.parquet',
        record: { rows: Number(rows), bad_rows: bad.length },
      };
    } finally {
      database.closeSync();
    }
  },
});
