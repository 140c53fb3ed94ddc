import { requirePeer } from '../peers.mjs';
import { settings } from '../settings.mjs';
import { readyMail, sender } from '../workload.mjs';

/** @type {import('./contender.mjs').StartContender} */
export async function startNodemailer(port) {
  const transporter = requirePeer('nodemailer').createTransport({
    pool: true,
    host: '127.0.0.1',
    port,
    maxConnections: settings.connections,
  });
  const send = async (/** @type {number} */ i) => {
    await transporter.sendMail({ from: sender, ...readyMail(i) });
  };
  return {
    send,
    burst: async (count) => void (await Promise.all(Array.from({ length: count }, (_, i) => send(i)))),
    stop: async () => transporter.close(),
  };
}
