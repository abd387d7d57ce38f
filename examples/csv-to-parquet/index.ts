import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { defineProcessor, PermanentError, z } from '../../runtime/processor';

/** So many bad rows are counted, and then no more. */
const MAX_BAD_ROWS = 1000;
/** As a text of SQL. */
const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
// One thread: the worker's slots are what runs side by side. What does not fit into the memory goes to the scratch folder.
const SETTINGS = { threads: '1', memory_limit: '512MB', autoinstall_known_extensions: 'false' };

export default defineProcessor({
  description: 'Converts each CSV file (.csv, .csv.gz) to Parquet, with the types that its columns have.',
  outputs: ['.parquet'],
  parameters: z.object({
    delimiter: z
      .string()
      .max(4)
      .default('')
      .describe('Between two fields. DuckDB detects it if this is empty.'),
    bad_rows: z
      .number()
      .int()
      .min(0)
      .max(999)
      .default(0)
      .describe('So many bad rows are left out, not an error.'),
  }),
  async process(object, { parameters: { delimiter, bad_rows }, scratch, log }) {
    if (object.size === 0) throw new PermanentError('the CSV file is empty');
    const [csv, parquet] = [join(scratch, 'in.csv'), join(scratch, 'out.parquet')];
    await pipeline(object.body, createWriteStream(csv));
    const isGzip = object.contentEncoding === 'gzip' || object.key.endsWith('.gz');
    const options = [`compression = '${isGzip ? 'gzip' : 'none'}'`, 'store_rejects = true'];
    options.push(`rejects_limit = ${MAX_BAD_ROWS}`, ...(delimiter ? [`delim = ${quote(delimiter)}`] : []));
    const database = await DuckDBInstance.create(':memory:', { ...SETTINGS, temp_directory: scratch });
    try {
      const sql = await database.connect();
      const rowsOf = async (query: string) => (await sql.runAndReadAll(query)).getRowsJson();
      const source = `read_csv(${quote(csv)}, ${options.join(', ')})`;
      const [[rows] = []] = await rowsOf(
        `COPY (FROM ${source}) TO ${quote(parquet)} (FORMAT parquet, COMPRESSION zstd)`,
      ).catch((cause: Error) => {
        throw new PermanentError(`DuckDB cannot read it: ${cause.message.split('\n').join(' ')}`, { cause });
      });
      const bad = await rowsOf(
        'SELECT line, any_value(error_message) FROM reject_errors GROUP BY line ORDER BY line',
      );
      const first = bad
        .slice(0, 5)
        .map(([line, problem]) => `line ${line}: ${problem}`)
        .join('; ');
      if (bad.length > bad_rows) throw new PermanentError(`${bad.length} bad rows: ${first}`);
      if (bad.length > 0) log.warn('Left out bad rows', { rows: bad.length, first });
      const record = { rows: Number(rows), bad_rows: bad.length };
      const contentType = 'application/vnd.apache.parquet';
      return { suffix: '.parquet', body: createReadStream(parquet), contentType, record };
    } finally {
      database.closeSync();
    }
  },
});
