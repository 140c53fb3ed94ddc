// The SMTP server that everybody sends to, a process of its own: `node test/bench/sink.mjs [port]`.
import { createServer } from 'node:net';
import { SinkCounts } from './sink-counts.mjs';
import { SinkSession } from './sink-session.mjs';

const counts = new SinkCounts();
const server = createServer((socket) => void new SinkSession(socket, counts));

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  if (process.send) process.send({ port });
  else console.log(`Listening on port ${port} of the loopback interface.`);
});

process.on('message', () => process.send?.(counts.take()));
process.on('disconnect', () => process.exit());
