import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

/** A key and a certificate in PEM, made for one test run. */
export interface SinkCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface SinkCertificateOptions {
  /** @default 'localhost', with 127.0.0.1 beside it */
  readonly host?: string;
  /** @default one hour from now */
  readonly notAfter?: Date;
  /** Who signs it. @default itself, which makes it its own authority */
  readonly issuer?: SinkCertificate;
}

const AUTHORITY = 'Test authority';

/** A private authority, to sign certificates of servers with. */
export function makeCertificateAuthority(): SinkCertificate {
  return makeSinkCertificate({ host: AUTHORITY });
}

/**
 * Makes a certificate; without an issuer it is its own CA. Written out here because Node makes keys but no
 * certificates, and because a key in the repository or an `openssl` on the machine would be one more thing to need.
 *
 * @see RFC 5280 §4.1
 */
export function makeSinkCertificate(options: SinkCertificateOptions = {}): SinkCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const host = options.host ?? 'localhost';
  const notAfter = options.notAfter ?? new Date(Date.now() + 3_600_000);
  const notBefore = new Date(Math.min(Date.now(), notAfter.getTime()) - 3_600_000);
  const algorithm = sequence(oid('2a8648ce3d040302')); // ecdsa-with-SHA256
  const subject = nameOf(host);
  const issuer = options.issuer === undefined ? subject : nameOf(AUTHORITY);
  const isAuthority = options.issuer === undefined ? [der(0x01, Buffer.from([0xff]))] : [];
  const alternatives = [der(0x82, Buffer.from(host))];
  if (host === 'localhost') alternatives.push(der(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = sequence(
    sequence(oid('551d13'), der(0x01, Buffer.from([0xff])), der(0x04, sequence(...isAuthority))),
    sequence(oid('551d11'), der(0x04, sequence(...alternatives))),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    issuer,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = createSign('sha256')
    .update(body)
    .sign(options.issuer?.key ?? privateKey);
  const certificate = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const base64 = certificate
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  };
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from(header), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}
