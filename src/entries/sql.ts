/** The entry point `nestjs-mail-relay/sql`: mail in a SQLite file. */
export type { SqlStorageAsyncOptions, SqlStorageOptions } from '../features/sql-storage-options.js';
export { withSql } from '../features/with-sql.js';
