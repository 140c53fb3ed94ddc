// One round of one contender, in a process of its own: `node test/bench/round.mjs <contender> <port of a sink> [burst]`.
import { startContender } from './contenders/contender.mjs';
import { measureEventLoop } from './event-loop.mjs';
import { measureThroughput } from './throughput.mjs';

const [name = '', port, kind] = process.argv.slice(2);
const contender = await startContender(name, Number(port));
const result = kind === 'burst' ? await measureEventLoop(contender) : await measureThroughput(contender);
await contender.stop();
if (process.send) process.send(result);
else console.log(result);
process.disconnect?.();
