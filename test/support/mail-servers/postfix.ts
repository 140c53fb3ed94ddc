import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOrInstall, installPackage } from '../apt.js';
import { makeCertificateAuthority, makeSinkCertificate } from '../smtp-sink-certificate.js';
import { freePort } from '../free-port.js';
import { MAIL_SERVER, type RealMailServer } from './real-mail-server.js';
import { ServerProcess } from './server-process.js';

const run = promisify(execFile);
const REALM = 'postfix.test';
/** Maildirs belong to it; the user is there on every Debian. */
const NOBODY = 65_534;

/**
 * Starts Postfix with a configuration, a queue and mailboxes in a folder of its own.
 *
 * @throws Error that says what is missing
 */
export async function startPostfix(): Promise<RealMailServer> {
  const postfix = await findOrInstall('postfix', 'postfix');
  const saslpasswd = await findOrInstall('saslpasswd2', 'sasl2-bin');
  if (!(await hasPlugIn('libplain.so'))) await installPackage('libsasl2-modules');
  if (process.getuid?.() !== 0) throw new Error('Postfix runs only when it is started by root.');
  const daemons = (await run(join(postfix, '../postconf'), ['-dh', 'daemon_directory'])).stdout.trim();
  const dir = await mkdtemp(join(tmpdir(), 'postfix-'));
  await chmod(dir, 0o755);
  const port = await freePort();
  const authority = makeCertificateAuthority();
  await configure(dir, port, daemons, makeSinkCertificate({ issuer: authority }));
  await addUser(saslpasswd, dir);
  // Makes the folders of the queue, and says what is wrong with the configuration.
  await run(postfix, ['-c', join(dir, 'etc'), 'check']);
  // Not `postfix start-fg`: that leaves our group of processes, and would outlive us.
  const command = [join(daemons, 'master'), '-c', join(dir, 'etc'), '-d'];
  const server = await ServerProcess.start('Postfix', command, port);
  return {
    name: 'Postfix',
    port,
    ca: authority.cert,
    received: (address) => readMaildir(join(dir, 'mail/all/new'), address),
    log: () => readFile(join(dir, 'log/mail.log'), 'utf8'),
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function configure(
  dir: string,
  port: number,
  daemons: string,
  certificate: { readonly key: string; readonly cert: string },
): Promise<void> {
  for (const folder of ['etc', 'etc/sasl', 'queue', 'log']) await mkdir(join(dir, folder));
  await mkdir(join(dir, 'mail'), { mode: 0o777 });
  await chmod(join(dir, 'mail'), 0o777);
  await mkdir(join(dir, 'data'));
  await run('chown', ['postfix', join(dir, 'data')]);
  const { gone, busy, bannedSender, maxMessageBytes } = MAIL_SERVER;
  const settings = {
    compatibility_level: '3.6',
    myhostname: 'postfix.test',
    queue_directory: join(dir, 'queue'),
    data_directory: join(dir, 'data'),
    daemon_directory: daemons,
    maillog_file: join(dir, 'log/mail.log'),
    maillog_file_prefixes: dir,
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mydestination: '',
    alias_maps: '',
    smtputf8_enable: 'yes',
    message_size_limit: String(maxMessageBytes),
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: join(dir, 'etc/cert.pem'),
    smtpd_tls_key_file: join(dir, 'etc/key.pem'),
    smtpd_tls_auth_only: 'yes',
    smtpd_sasl_auth_enable: 'yes',
    smtpd_sasl_type: 'cyrus',
    smtpd_sasl_path: 'smtpd',
    smtpd_sasl_local_domain: REALM,
    cyrus_sasl_config_path: join(dir, 'etc/sasl'),
    smtpd_peername_lookup: 'no',
    smtpd_delay_reject: 'no',
    smtpd_sender_restrictions: `check_sender_access texthash:${join(dir, 'etc/senders')}`,
    smtpd_relay_restrictions: 'permit_sasl_authenticated, reject_unauth_destination',
    smtpd_recipient_restrictions: `check_recipient_access texthash:${join(dir, 'etc/recipients')}`,
    virtual_mailbox_domains: 'b.test',
    virtual_mailbox_base: join(dir, 'mail'),
    // One for everybody; the Delivered-To field tells whose it is.
    virtual_mailbox_maps: 'static:all/',
    virtual_uid_maps: `static:${NOBODY}`,
    virtual_gid_maps: `static:${NOBODY}`,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'virtual unix - n n - - virtual',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
  const files: Readonly<Record<string, string>> = {
    'etc/main.cf': lines.join(''),
    'etc/master.cf': `${services.join('\n')}\n`,
    'etc/cert.pem': certificate.cert,
    'etc/key.pem': certificate.key,
    'etc/senders': `${bannedSender} 550 5.7.1 This sender is banned\n`,
    'etc/recipients': `${gone} 550 5.1.1 No such user\n${busy} 450 4.2.0 Busy, try again later\n`,
    'etc/sasl/smtpd.conf': `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: ${join(dir, 'etc/sasl/users')}\nmech_list: PLAIN LOGIN CRAM-MD5\n`,
  };
  for (const [file, content] of Object.entries(files)) await writeFile(join(dir, file), content);
}

/** Mechanisms of SASL are plug-ins, in a folder whose name tells the machine. */
async function hasPlugIn(file: string): Promise<boolean> {
  for (const machine of ['', ...(await readdir('/usr/lib'))]) {
    const files = await readdir(join('/usr/lib', machine, 'sasl2')).catch((): string[] => []);
    if (files.includes(file)) return true;
  }
  return false;
}

async function addUser(saslpasswd: string, dir: string): Promise<void> {
  const { user, pass } = MAIL_SERVER.auth;
  const users = join(dir, 'etc/sasl/users');
  const adding = run(saslpasswd, ['-p', '-c', '-f', users, '-u', REALM, user]);
  adding.child.stdin?.end(pass);
  await adding;
  await run('chown', ['postfix', users]);
}

async function readMaildir(folder: string, address: string): Promise<readonly Buffer[]> {
  const files = await readdir(folder).catch((): string[] => []);
  const texts = await Promise.all(files.toSorted().map((file) => readFile(join(folder, file), 'latin1')));
  const isOurs = (text: string) =>
    Buffer.from(text, 'latin1').toString().includes(`\nDelivered-To: ${address}\n`);
  return texts.filter(isOurs).map((text) => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'));
}
