// Adds mails to a SQLite spool, some at a time, and says so as each is accepted: `node sql-fsync-child.mjs <file>
// <synchronous> <mails>`. Whoever traces this process sees what came first, the sync of the disk or the word.
import { writeSync } from 'node:fs';
import { SystemClock } from '../../dist/clock/system-clock.js';
import { SqlSpool } from '../../dist/storage/sql/sql-spool.js';
import { sampleEntry, sampleMail } from '../../dist/testing/sample-mail.js';

const [file, synchronous, count] = process.argv.slice(2);
const spool = await SqlSpool.open({ file, relay: 'default', clock: new SystemClock(), synchronous });
let next = 0;
await Promise.all(
  Array.from({ length: 5 }, async () => {
    while (next < Number(count)) {
      const id = `traced-mail-${String(next++).padStart(6, '0')}`;
      await spool.add(sampleEntry(sampleMail({ id })));
      writeSync(1, `accepted ${id}\n`);
    }
  }),
);
await spool.close();
