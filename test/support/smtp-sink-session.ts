import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import { beginSinkAuth, type SinkAuth, type SinkAuthEnd, type SinkAuthStep } from './smtp-sink-auth.js';
import type { SinkFault, SinkStage } from './smtp-sink-fault.js';
import { SinkMessage } from './smtp-sink-message.js';

const END_OF_DATA = Buffer.from('\r\n.\r\n');
const MAX_LINE = 1024 * 1024;

/** What a sink tells its sessions. */
export interface SinkSessionHost {
  readonly banner: string;
  readonly extensions: readonly string[];
  readonly auth: SinkAuth | undefined;
  /** Offer AUTH only once the connection is encrypted. */
  readonly authNeedsTls: boolean;
  readonly secureContext: SecureContext | undefined;
  readonly implicitTls: boolean;
  readonly closeAfterEachMail: boolean;
  fault(stage: SinkStage, session: SmtpSinkSession, address: string): SinkFault | undefined;
  accept(message: SinkMessage): void;
  changed(): void;
}

/** What became of one MAIL. */
export interface SinkTransaction {
  readonly from: string;
  readonly accepted: string[];
  readonly refused: string[];
  /** How far it came: the last command that was answered, or `body` while octets of the message arrive. */
  state: 'mail' | 'rcpt' | 'data' | 'body' | 'stored' | 'refused';
}

/** One connection to the sink: a strict RFC 5321 server, until a fault makes it something else. */
export class SmtpSinkSession {
  /** Every command line, in order. AUTH lines included: the sink is for tests. */
  readonly commands: string[] = [];
  readonly transactions: SinkTransaction[] = [];
  secure = false;
  user: string | undefined;
  /** The sink has said its last word; the client may not have noticed yet. */
  leaving = false;
  closed = false;

  #stream: Socket;
  #mode: 'command' | 'auth' | 'body' | 'dead' = 'command';
  #line = '';
  /** Set while a reply is under way: commands wait, so that replies keep their order. */
  #busy = false;
  #pending: Buffer[] = [];
  #authSteps: ((line: string) => void) | undefined;
  #parameters = '';
  #transaction: SinkTransaction | undefined;
  #body: Buffer[] = [];
  #tail = Buffer.alloc(0);

  constructor(
    readonly id: number,
    private readonly socket: Socket,
    private readonly host: SinkSessionHost,
  ) {
    this.#stream = socket;
    socket.setNoDelay(true);
    socket.on('close', () => {
      this.closed = true;
      this.#mode = 'dead';
      host.changed();
    });
    if (host.implicitTls) this.#encrypt();
    else this.#listen();
    this.#answer('connect', host.banner);
  }

  /** Ends the connection from the test's side. */
  end(how: 'close' | 'reset' = 'close'): void {
    this.#mode = 'dead';
    // Node cannot reset a socket whose FIN is under way: the handle would stay open.
    if (how === 'reset' && this.leaving) this.socket.destroy();
    else if (how === 'reset') this.socket.resetAndDestroy();
    else this.#stream.end();
    this.leaving = true;
  }

  /** Sends something nobody asked for. */
  say(text: string): void {
    this.#stream.write(text);
  }

  /** What stood behind the address of the last MAIL. */
  get parameters(): string {
    return this.#parameters;
  }

  unref(): void {
    this.socket.unref();
  }

  #listen(): void {
    this.#stream.on('data', (chunk: Buffer) => {
      if (this.#mode === 'dead') return;
      this.#pending.push(chunk);
      this.#drain();
    });
    // Whatever breaks here is the client's doing, and what the test is about.
    this.#stream.on('error', () => undefined);
    this.#stream.on('end', () => this.#stream.end());
  }

  #encrypt(): void {
    const { secureContext } = this.host;
    if (secureContext === undefined) throw new Error('The sink has no certificate.');
    this.#stream.removeAllListeners('data');
    this.#stream.removeAllListeners('end');
    this.#stream = new TLSSocket(this.socket, { isServer: true, secureContext });
    // What came in clear behind STARTTLS is not to be believed (RFC 3207 §4.2).
    this.#pending = [];
    this.#line = '';
    this.secure = true;
    this.#listen();
  }

  #drain(): void {
    // Pipelined commands are answered in one segment, as real servers do. STARTTLS replaces the stream meanwhile.
    const stream = this.#stream;
    stream.cork();
    while (!this.#busy && this.#mode !== 'dead') {
      const chunk = this.#pending.shift();
      if (chunk === undefined) break;
      const rest = this.#mode === 'body' ? this.#takeBody(chunk) : this.#takeLine(chunk);
      if (rest !== undefined && rest.length > 0) this.#pending.unshift(rest);
    }
    stream.uncork();
  }

  /** Handles at most one command; gives back what it did not need. */
  #takeLine(chunk: Buffer): Buffer | undefined {
    const at = chunk.indexOf(0x0a);
    if (at === -1) {
      this.#line += chunk.toString('latin1');
      if (this.#line.length > MAX_LINE) this.end();
      return undefined;
    }
    const line = Buffer.from(this.#line + chunk.toString('latin1', 0, at), 'latin1')
      .toString('utf8')
      .replace(/\r$/, '');
    this.#line = '';
    this.commands.push(line);
    const steps = this.#authSteps;
    if (steps === undefined) this.#command(line);
    else steps(line);
    this.host.changed();
    return chunk.subarray(at + 1);
  }

  #command(line: string): void {
    const verb = line.split(/[ :]/, 1)[0]?.toUpperCase() ?? '';
    switch (verb) {
      case 'EHLO':
        return this.#answer('ehlo', this.#capabilities(), () => (this.#transaction = undefined));
      case 'HELO':
        return this.#answer('helo', '250 sink.test', () => (this.#transaction = undefined));
      case 'STARTTLS':
        return this.#starttls();
      case 'AUTH':
        return this.#auth(line);
      case 'MAIL':
        return this.#mail(line);
      case 'RCPT':
        return this.#rcpt(line);
      case 'DATA':
        return this.#data();
      case 'RSET':
        return this.#answer('rset', '250 2.0.0 Reset', () => (this.#transaction = undefined));
      case 'NOOP':
        return this.#answer('noop', '250 2.0.0 Fine');
      case 'QUIT':
        return this.#answer('quit', '221 2.0.0 Bye', () => this.end());
      default:
        return this.#write('500 5.5.2 Unknown command');
    }
  }

  #capabilities(): string {
    const { secureContext, auth, extensions, authNeedsTls } = this.host;
    const lines = ['sink.test', ...extensions];
    if (secureContext !== undefined && !this.secure) lines.push('STARTTLS');
    if (auth !== undefined && (this.secure || !authNeedsTls))
      lines.push(`AUTH ${(auth.mechanisms ?? ['PLAIN', 'LOGIN']).join(' ')}`);
    return lines.map((line, i) => `250${i === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n');
  }

  #starttls(): void {
    const offered = this.host.secureContext !== undefined && !this.secure;
    this.#answer('starttls', offered ? '220 2.0.0 Go ahead' : '502 5.5.1 Not offered', () => this.#encrypt());
  }

  #auth(line: string): void {
    const { auth } = this.host;
    if (auth === undefined) return this.#answer('auth', '502 5.5.1 Not offered');
    const [, mechanism = '', initial] = line.split(' ');
    const step = beginSinkAuth(mechanism.toUpperCase(), auth);
    if (step === undefined) return this.#answer('auth', '504 5.5.4 Unknown mechanism');
    if (initial !== undefined && step.takesInitial) return this.#continueAuth(step.take(initial));
    return this.#continueAuth(step);
  }

  #continueAuth(next: SinkAuthStep | SinkAuthEnd): void {
    if ('challenge' in next) {
      this.#authSteps = (line) => this.#continueAuth(next.take(line));
      return this.#write(`334 ${next.challenge}`);
    }
    this.#authSteps = undefined;
    const { user } = next;
    const normal = user === undefined ? '535 5.7.8 Bad credentials' : '235 2.7.0 Welcome';
    return this.#answer('auth', normal, () => (this.user = user));
  }

  #mail(line: string): void {
    const match = /^MAIL FROM:<([^>]*)>(?: (.*))?$/i.exec(line);
    if (match === null) return this.#answer('mail', '501 5.5.4 Syntax');
    const from = match[1] ?? '';
    this.#transaction = { from, accepted: [], refused: [], state: 'mail' };
    this.#parameters = match[2] ?? '';
    this.transactions.push(this.#transaction);
    this.#answer(
      'mail',
      '250 2.1.0 Ok',
      undefined,
      () => {
        if (this.#transaction !== undefined) this.#transaction.state = 'refused';
        this.#transaction = undefined;
      },
      from,
    );
  }

  #rcpt(line: string): void {
    const address = /^RCPT TO:<(.*)>/i.exec(line)?.[1] ?? '';
    const transaction = this.#transaction;
    if (transaction === undefined)
      return this.#answer('rcpt', '503 5.5.1 MAIL first', undefined, undefined, address);
    transaction.state = 'rcpt';
    this.#answer(
      'rcpt',
      '250 2.1.5 Ok',
      () => transaction.accepted.push(address),
      () => transaction.refused.push(address),
      address,
    );
  }

  #data(): void {
    const transaction = this.#transaction;
    const ready = transaction !== undefined && transaction.accepted.length > 0;
    this.#answer('data', ready ? '354 Go ahead' : '554 5.5.1 No valid recipients', () => {
      if (transaction !== undefined) transaction.state = 'data';
      this.#mode = 'body';
      this.#body = [];
      this.#tail = Buffer.from('\r\n');
    });
  }

  /** Collects octets of the message; gives back what follows the end of data. */
  #takeBody(chunk: Buffer): Buffer | undefined {
    const transaction = this.#transaction;
    if (transaction !== undefined && transaction.state === 'data') {
      transaction.state = 'body';
      this.host.changed();
      const fault = this.host.fault('body', this, '');
      if (fault !== undefined) {
        this.#strike('body', fault, undefined, undefined, undefined);
        return chunk;
      }
    }
    // The end of data may straddle chunks, so the last octets of what came before are looked at again.
    const seam = this.#tail.length;
    const window = Buffer.concat([this.#tail, chunk]);
    const at = window.indexOf(END_OF_DATA);
    if (at === -1) {
      this.#body.push(chunk);
      this.#tail = window.subarray(Math.max(0, window.length - END_OF_DATA.length + 1));
      return undefined;
    }
    const end = at + END_OF_DATA.length - seam;
    this.#body.push(chunk.subarray(0, end));
    this.#mode = 'command';
    this.#finish(Buffer.concat(this.#body));
    this.#body = [];
    return chunk.subarray(end);
  }

  #finish(wire: Buffer): void {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    const store = () => {
      if (transaction !== undefined) {
        transaction.state = 'stored';
        this.host.accept(
          new SinkMessage(
            transaction.from,
            transaction.accepted,
            this.#parameters,
            wire,
            this.id,
            this.secure,
            this.user,
          ),
        );
      }
    };
    const refuse = () => {
      if (transaction !== undefined) transaction.state = 'refused';
    };
    const fault = this.host.fault('eod', this, '');
    if (fault?.keep === true) store();
    const kept = fault?.keep === undefined ? store : undefined;
    const number = this.transactions.length;
    const normal = `250 2.0.0 Ok: queued as S${this.id}T${number}`;
    if (fault === undefined) this.#write(normal, store);
    else this.#strike('eod', fault, normal, kept, fault.keep === true ? undefined : refuse);
    if (this.host.closeAfterEachMail && this.#mode !== 'dead') this.end();
  }

  /** Gives the normal reply, or what the stage's fault says. */
  #answer(
    stage: SinkStage,
    normal: string,
    accepted?: () => unknown,
    refused?: () => unknown,
    address = '',
  ): void {
    const fault = this.host.fault(stage, this, address);
    if (fault === undefined) this.#settle(normal, accepted, refused);
    else this.#strike(stage, fault, normal, accepted, refused);
  }

  #settle(text: string, accepted?: () => unknown, refused?: () => unknown): void {
    const positive = /^\s*[23]/.test(text);
    this.#write(text, positive ? accepted : refused);
  }

  #write(text: string, after?: () => unknown): void {
    this.#stream.write(`${text}\r\n`);
    after?.();
  }

  #strike(
    stage: SinkStage,
    fault: SinkFault,
    normal: string | undefined,
    accepted?: () => unknown,
    refused?: () => unknown,
  ): void {
    const own =
      fault.raw ??
      (fault.reply === undefined
        ? undefined
        : `${typeof fault.reply === 'string' ? fault.reply : fault.reply.join('\r\n')}\r\n`);
    const text = own ?? (fault.after === undefined && normal !== undefined ? `${normal}\r\n` : undefined);
    this.#busy = true;
    void this.#perform(stage, fault, text, accepted, refused).then(() => {
      this.#busy = false;
      this.host.changed();
      this.#drain();
    });
  }

  async #perform(
    stage: SinkStage,
    fault: SinkFault,
    text: string | Buffer | undefined,
    accepted?: () => unknown,
    refused?: () => unknown,
  ): Promise<void> {
    // Without a wait the fault strikes at once, within the same chunk.
    if (fault.delayMs !== undefined) await wait(fault.delayMs);
    if (text !== undefined) {
      if (fault.after === 'reset') {
        // A reset throws away what the system was not given yet.
        await new Promise<void>((resolve) => {
          this.#stream.write(text, () => resolve());
        });
      } else if (fault.dripMs === undefined) this.#stream.write(text);
      else {
        // Nothing comes between the last octet and what follows: the answer to STARTTLS is a handshake.
        for (const [i, octet] of Buffer.from(text).entries()) {
          if (i > 0) await wait(fault.dripMs);
          if (this.closed) return;
          this.#stream.write(Buffer.of(octet));
        }
      }
      // What follows the go-ahead to STARTTLS strikes before the handshake.
      const isAction = stage !== 'body' && (stage !== 'starttls' || fault.after === undefined);
      if (isAction) (/^\s*[23]/.test(text.toString()) ? accepted : refused)?.();
    }
    switch (fault.after) {
      case undefined:
        return;
      case 'close':
        return this.end('close');
      case 'reset':
        return this.end('reset');
      case 'silence':
        this.#mode = 'dead';
        return;
      case 'stop-reading':
        this.#mode = 'dead';
        this.#stream.pause();
        this.socket.pause();
        return;
    }
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
