export type { SqlStorageAsyncOptions, SqlStorageOptions } from '../storage/sql/sql-storage-options.js';
export { withSql } from '../storage/sql/with-sql.js';
