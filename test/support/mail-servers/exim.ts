import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificateAuthority, makeSinkCertificate } from '../smtp-sink-certificate.js';
import { freePort } from '../free-port.js';
import { MAIL_SERVER, type RealMailServer } from './real-mail-server.js';
import { ServerProcess } from './server-process.js';
import { unpackPackages } from './unpacked-packages.js';

/** The user that Exim was compiled for, who exists only where its package is installed. */
const EXIM_USER = 'Debian-exim';
const EXIM_UID = 64_999;

/**
 * Starts Exim out of packages that are unpacked, not installed: Debian's mail servers exclude each other. What it
 * accepts stays in its queue, where it can be read.
 *
 * @throws Error that says what is missing
 */
export async function startExim(): Promise<RealMailServer> {
  if (process.getuid?.() !== 0) throw new Error('Exim runs only when it is started by root.');
  const dir = await mkdtemp(join(tmpdir(), 'exim-'));
  try {
    await chmod(dir, 0o755);
    const root = await unpackPackages(['exim4-daemon-light', 'libnss-wrapper'], dir);
    const port = await freePort();
    const authority = makeCertificateAuthority();
    const binary = join(root, 'usr/sbin/exim4');
    await configure(dir, port, binary, makeSinkCertificate({ issuer: authority }));
    const config = join(dir, 'exim.conf');
    const server = await ServerProcess.start(
      'Exim',
      [binary, '-C', config, '-bdf'],
      port,
      await environment(dir, root),
    );
    return {
      name: 'Exim',
      port,
      ca: authority.cert,
      received: (address) => readQueue(join(dir, 'spool/input'), address),
      log: () => readFile(join(dir, 'log/main'), 'utf8'),
      stop: async () => {
        await server.stop();
        await rm(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

/** The libraries that came with it, and a user for it that this machine does not have. */
async function environment(dir: string, root: string): Promise<NodeJS.ProcessEnv> {
  const files = await readdir(join(root, 'usr/lib'), { recursive: true });
  const wrapper = files.find((file) => file.endsWith('libnss_wrapper.so'));
  if (wrapper === undefined) throw new Error('The package libnss-wrapper has no libnss_wrapper.so.');
  const users = await readFile('/etc/passwd', 'utf8');
  const groups = await readFile('/etc/group', 'utf8');
  await writeFile(
    join(dir, 'passwd'),
    `${users}${EXIM_USER}:x:${EXIM_UID}:${EXIM_UID}::/:/usr/sbin/nologin\n`,
  );
  await writeFile(join(dir, 'group'), `${groups}${EXIM_USER}:x:${EXIM_UID}:\n`);
  return {
    NSS_WRAPPER_PASSWD: join(dir, 'passwd'),
    NSS_WRAPPER_GROUP: join(dir, 'group'),
    LD_PRELOAD: join(root, 'usr/lib', wrapper),
    LD_LIBRARY_PATH: join(root, 'usr/lib', wrapper, '..'),
  };
}

async function configure(
  dir: string,
  port: number,
  binary: string,
  certificate: { readonly key: string; readonly cert: string },
): Promise<void> {
  for (const folder of ['spool', 'log']) {
    await mkdir(join(dir, folder));
    await chown(join(dir, folder), EXIM_UID, EXIM_UID);
  }
  await writeFile(join(dir, 'cert.pem'), certificate.cert);
  await writeFile(join(dir, 'key.pem'), certificate.key);
  // Read after it has put its rights down.
  await chown(join(dir, 'key.pem'), EXIM_UID, EXIM_UID);
  const { auth, gone, busy, bannedSender, maxMessageBytes } = MAIL_SERVER;
  const isUs = (user: string, pass: string) =>
    `server_condition = \${if and{{eq{${user}}{${auth.user}}}{eq{${pass}}{${auth.pass}}}}}\n  server_set_id = ${user}`;
  const config = `
primary_hostname = exim.test
exim_path = ${binary}
spool_directory = ${join(dir, 'spool')}
log_file_path = ${join(dir, 'log')}/%s
pid_file_path = ${join(dir, 'exim.pid')}
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
queue_only
message_size_limit = ${maxMessageBytes}
tls_advertise_hosts = *
tls_certificate = ${join(dir, 'cert.pem')}
tls_privatekey = ${join(dir, 'key.pem')}
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}
smtputf8_advertise_hosts = *
acl_smtp_mail = check_mail
acl_smtp_rcpt = check_rcpt
keep_environment =

begin acl
check_mail:
  deny message = 5.7.1 This sender is banned
       senders = ${bannedSender}
  accept
check_rcpt:
  deny message = 5.1.1 No such user
       recipients = ${gone}
  defer message = 4.2.0 Busy, try again later
       recipients = ${busy}
  accept authenticated = *
  deny message = relay not permitted

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  ${isUs('$auth2', '$auth3')}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = User : Password
  ${isUs('$auth1', '$auth2')}
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${if eq{$auth1}{${auth.user}}{${auth.pass}}fail}
  server_set_id = $auth1
`;
  await writeFile(join(dir, 'exim.conf'), config);
}

/** A mail in the queue is a file of the envelope with the header, and a file of the body behind a line with its id. */
async function readQueue(folder: string, address: string): Promise<readonly Buffer[]> {
  const files = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const messages: Buffer[] = [];
  for (const file of files.filter((one) => one.endsWith('-H')).toSorted()) {
    const head = await readFile(join(folder, file), 'latin1');
    if (!Buffer.from(head, 'latin1').toString().split('\n\n', 1)[0]?.includes(`\n${address}`)) continue;
    const body = await readFile(join(folder, file.replace(/-H$/, '-D')), 'latin1');
    const text = `${fieldsOf(head)}\n${body.slice(body.indexOf('\n') + 1)}`;
    messages.push(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'));
  }
  return messages;
}

/** Each field is written behind its length in octets and a letter for its kind: `024F From: …`. */
function fieldsOf(head: string): string {
  let fields = '';
  let at = head.indexOf('\n\n') + 2;
  for (;;) {
    const match = /^(\d{3,})(.) /.exec(head.slice(at, at + 16));
    if (match === null) return fields;
    const from = at + match[0].length;
    at = from + Number(match[1]);
    // An asterisk marks a field that Exim has put out of use.
    if (match[2] !== '*') fields += head.slice(from, at);
  }
}
