import { MailRelayError } from '../../src/core/mail-relay-error.js';
import { MemorySpool } from '../../src/spool/memory/memory-spool.js';
import type { MemorySpoolLimits } from '../../src/spool/memory/memory-spool-limits.js';
import type { Change } from '../../src/spool/spool-control.js';
import type { Claim, DueMail, SpoolReceipt } from '../../src/spool/spool.js';
import type { TestClock } from '../../src/testing/test-clock.js';

type Open = (clock: TestClock) => MemorySpool;

const DAY_MS = 86_400_000;

/** A memory spool that is spoilt in one way. */
function spoilt(spoil: (spool: MemorySpool, clock: TestClock) => void, limits: MemorySpoolLimits = {}): Open {
  return (clock) => {
    const spool = new MemorySpool(clock, limits);
    spoil(spool, clock);
    return spool;
  };
}

/** What `spool` did before it was spoilt. */
function original(spool: MemorySpool) {
  const { control } = spool;
  return {
    add: spool.add.bind(spool),
    addMany: spool.addMany.bind(spool),
    claim: spool.claim.bind(spool),
    settle: spool.settle.bind(spool),
    due: spool.due.bind(spool),
    get: spool.get.bind(spool),
    counts: spool.counts.bind(spool),
    cancel: control.cancel.bind(control),
    reschedule: control.reschedule.bind(control),
    pause: control.pause.bind(control),
    resume: control.resume.bind(control),
    streams: control.streams.bind(control),
    kept: control.kept.bind(control),
    keptCounts: control.keptCounts.bind(control),
    replay: control.replay.bind(control),
    purge: control.purge.bind(control),
  };
}

const ADDING: Readonly<Record<string, Open>> = {
  'forgets the message': spoilt((spool) => {
    const { add } = original(spool);
    spool.add = (entry, claim) => add({ ...entry, message: Buffer.from('other') }, claim);
  }),
  'cuts long messages': spoilt((spool) => {
    const { add } = original(spool);
    spool.add = (entry, claim) => add({ ...entry, message: entry.message.subarray(0, 65_536) }, claim);
  }),
  'forgets reasons': spoilt((spool) => {
    const { add } = original(spool);
    spool.add = (entry, claim) => {
      const recipients = entry.recipients.map((one) => ({ ...one, reason: undefined }));
      return add({ ...entry, recipients }, claim);
    };
  }),
  'never claims as it adds': spoilt((spool) => {
    const { add } = original(spool);
    spool.add = (entry) => add(entry);
  }),
  'stores no mail that nobody is to get': spoilt((spool) => {
    const { add } = original(spool);
    spool.add = async (entry, claim) => {
      if (entry.recipients.some(({ dueAt }) => dueAt !== undefined)) return add(entry, claim);
      return { deduplicated: false, spooled: { ...entry, attempts: 0 } };
    };
  }),
  'ignores idempotency keys': spoilt((spool) => {
    const { add } = original(spool);
    spool.add = (entry, claim) => add({ ...entry, idempotency: undefined }, claim);
  }),
  'looks keys up before it stores': spoilt((spool) => {
    const { add } = original(spool);
    const keys = new Map<string, SpoolReceipt>();
    spool.add = async (entry) => {
      const key = entry.idempotency && `${entry.mail.tenant} ${entry.idempotency.key}`;
      const known = key === undefined ? undefined : keys.get(key);
      await new Promise(setImmediate);
      if (known) return { deduplicated: true, spooled: known.spooled };
      const receipt = await add({ ...entry, idempotency: undefined });
      if (key !== undefined) keys.set(key, receipt);
      return receipt;
    };
  }),
  'takes every draft of a key for the first': spoilt((spool) => {
    const { add } = original(spool);
    spool.add = (entry, claim) => {
      const idempotency = entry.idempotency && { ...entry.idempotency, fingerprint: 'same' };
      return add({ ...entry, idempotency }, claim);
    };
  }),
  'mixes the keys of tenants': spoilt((spool) => {
    const { add } = original(spool);
    spool.add = (entry, claim) => add({ ...entry, mail: { ...entry.mail, tenant: '' } }, claim);
  }),
  'forgets keys early': spoilt(() => undefined, { retention: { finishedMs: DAY_MS } }),
  'remembers keys for long': spoilt(() => undefined, { retention: { finishedMs: 8 * DAY_MS } }),
  'forgets kept mail early': spoilt(() => undefined, { retention: { keptMs: 8 * DAY_MS } }),
  'answers a batch in another order': spoilt((spool) => {
    const { addMany } = original(spool);
    spool.addMany = async (entries) => (await addMany(entries)).toReversed();
  }),
  'refuses the batch for one of it': spoilt((spool) => {
    const { addMany } = original(spool);
    spool.addMany = async (entries) => {
      const answers = await addMany(entries);
      const bad = answers.find((answer) => MailRelayError.is(answer));
      if (bad) throw bad;
      return answers;
    };
  }),
  'ignores keys in a batch': spoilt((spool) => {
    const { addMany } = original(spool);
    spool.addMany = (entries) => addMany(entries.map((entry) => ({ ...entry, idempotency: undefined })));
  }),
  'cannot store nothing': spoilt((spool) => {
    const { addMany } = original(spool);
    spool.addMany = (entries) =>
      entries.length === 0 ? Promise.reject(new Error('empty')) : addMany(entries);
  }),
  'counts octets of what is finished': spoilt((spool) => {
    const { add, counts } = original(spool);
    let bytes = 0;
    spool.add = (entry, claim) => {
      bytes += entry.message.length;
      return add(entry, claim);
    };
    spool.counts = async () => ({ ...(await counts()), bytes });
  }),
  'fails for an unknown mail': spoilt((spool) => {
    const { get } = original(spool);
    spool.get = async (id) => (await get(id)) ?? Promise.reject(new Error('unknown'));
  }),
};

const CLAIMS: Readonly<Record<string, Open>> = {
  'lets two workers claim': spoilt((spool) => {
    const { claim } = original(spool);
    let last: Claim | undefined;
    spool.claim = async (id, request) => (last = (await claim(id, request)) ?? last);
  }),
  'gives out recipients that are finished': spoilt((spool) => {
    const { claim, get } = original(spool);
    spool.claim = async (id, request) => {
      const found = await claim(id, request);
      return found && { ...found, recipients: (await get(id))?.recipients ?? [] };
    };
  }),
  'finishes what a settlement does not name': spoilt((spool) => {
    const { settle } = original(spool);
    spool.settle = (claim, settlement) => {
      const named = new Set(settlement.recipients.map(({ address }) => address));
      const others = claim.recipients.filter(({ address }) => !named.has(address));
      const recipients = others.map(({ address }) => ({ address, state: 'sent' as const }));
      return settle(claim, { ...settlement, recipients: [...settlement.recipients, ...recipients] });
    };
  }),
  'counts every attempt': spoilt((spool) => {
    const { settle } = original(spool);
    spool.settle = (claim, settlement) => settle(claim, { ...settlement, countAttempt: true });
  }),
  'lets a lost claim settle': spoilt((spool) => {
    const { settle, get } = original(spool);
    spool.settle = async (claim, settlement) => (await settle(claim, settlement)) ?? get(claim.mail.id);
  }),
  'tells of finished mail': spoilt((spool) => {
    const { due, settle } = original(spool);
    const finished: DueMail[] = [];
    spool.settle = async (claim, settlement) => {
      finished.push(claim.mail);
      return settle(claim, settlement);
    };
    spool.due = async (limit) => [...finished, ...(await due(limit))];
  }),
  'ignores the mark': spoilt((spool) => {
    spool.mark = () => undefined;
  }),
  'tells of a mark once': spoilt((spool) => {
    const { claim } = original(spool);
    const told = new Set<string>();
    spool.claim = async (id, request) => {
      const found = await claim(id, request);
      if (!found?.abandoned || !told.has(id)) {
        if (found?.abandoned) told.add(id);
        return found;
      }
      return { ...found, abandoned: undefined };
    };
  }),
  'tells of a mark for ever': spoilt((spool) => {
    const { claim } = original(spool);
    const told = new Map<string, Claim['abandoned']>();
    spool.claim = async (id, request) => {
      const found = await claim(id, request);
      if (!found) return undefined;
      if (found.abandoned) told.set(id, found.abandoned);
      return { ...found, abandoned: told.get(id) };
    };
  }),
  'does not renew': spoilt((spool) => {
    spool.renew = async () => true;
  }),
  'counts no crash': spoilt((spool) => {
    const { claim } = original(spool);
    spool.claim = async (id, request) => {
      const found = await claim(id, request);
      return found && { ...found, crashes: 0 };
    };
  }),
  'begins to count crashes anew after any settlement': spoilt((spool) => {
    const { claim, settle } = original(spool);
    const settled = new Set<string>();
    spool.settle = (held, settlement) => {
      settled.add(held.mail.id);
      return settle(held, settlement);
    };
    spool.claim = async (id, request) => {
      const found = await claim(id, request);
      return found && settled.has(id) ? { ...found, crashes: 0 } : found;
    };
  }),
};

const SCHEDULE: Readonly<Record<string, Open>> = {
  'gives out mail early': spoilt((spool, clock) => {
    const { add } = original(spool);
    spool.add = (entry, claim) => {
      const recipients = entry.recipients.map((one) => ({ ...one, dueAt: clock.now() }));
      return add({ ...entry, recipients }, claim);
    };
  }),
  'never tells again': spoilt(() => undefined, { ringAgainMs: DAY_MS }),
  'tells again and again': spoilt(() => undefined, { ringAgainMs: 0 }),
  'tells more than it is asked for': spoilt((spool) => {
    const { due } = original(spool);
    spool.due = () => due(1000);
  }),
  'lets streams wait in one line': spoilt((spool) => {
    const { due } = original(spool);
    const line: DueMail[] = [];
    spool.due = async (limit) => {
      line.push(...(await due(1000)));
      line.sort((a, b) => a.lane.localeCompare(b.lane));
      return line.splice(0, limit);
    };
  }),
  'does not pause': spoilt((spool) => {
    spool.control.pause = async () => undefined;
  }),
  'pauses in name only': spoilt((spool) => {
    const named: Awaited<ReturnType<MemorySpool['control']['paused']>>[number][] = [];
    spool.control.pause = async (target) => void named.push(target);
    spool.control.paused = async () => named;
  }),
  'tells late after a pause': spoilt((spool, clock) => {
    const { due, resume } = original(spool);
    let silentUntil = 0;
    spool.control.resume = (target) => {
      silentUntil = clock.now() + 30_000;
      return resume(target);
    };
    spool.due = async (limit) => (clock.now() < silentUntil ? [] : due(limit));
  }),
  'stops what is claimed by a pause': spoilt((spool) => {
    const { settle } = original(spool);
    spool.settle = async (claim, settlement) =>
      (await spool.control.paused()).length > 0 ? undefined : settle(claim, settlement);
  }),
  'ends every pause at once': spoilt((spool) => {
    const { resume } = original(spool);
    spool.control.resume = async () => {
      for (const target of await spool.control.paused()) await resume(target);
    };
  }),
  'counts no claims of streams': spoilt((spool) => {
    const { streams } = original(spool);
    spool.control.streams = async () => (await streams()).map((one) => ({ ...one, claimed: 0 }));
  }),
  'forgets with each try how long a mail waits': spoilt((spool) => {
    const { streams } = original(spool);
    spool.control.streams = async () =>
      (await streams()).map((one) => ({ ...one, waitingSince: one.oldestDueAt }));
  }),
};

const CHANGING: Readonly<Record<string, Open>> = {
  'cancels nothing': spoilt((spool) => {
    const { get } = original(spool);
    spool.control.cancel = async (which) => doneOf('mailId' in which ? await get(which.mailId) : undefined);
  }),
  'moves nothing': spoilt((spool) => {
    const { get } = original(spool);
    spool.control.reschedule = async (which) =>
      doneOf('mailId' in which ? await get(which.mailId) : undefined);
  }),
  'knows keys only for adding': spoilt((spool) => {
    const { cancel, reschedule } = original(spool);
    spool.control.cancel = async (which) => ('mailId' in which ? cancel(which) : { kind: 'unknown' });
    spool.control.reschedule = async (which, dueAt) =>
      'mailId' in which ? reschedule(which, dueAt) : { kind: 'unknown' };
  }),
  'moves only to later times': spoilt((spool, clock) => {
    const { reschedule } = original(spool);
    spool.control.reschedule = (which, dueAt) => reschedule(which, Math.max(dueAt, clock.now() + 1));
  }),
  'frees the key of a cancelled mail': spoilt((spool) => {
    const { add, cancel } = original(spool);
    let cancelled = false;
    spool.control.cancel = (which) => {
      cancelled = true;
      return cancel(which);
    };
    spool.add = (entry, claim) => add(cancelled ? { ...entry, idempotency: undefined } : entry, claim);
  }),
  'never says too late': spoilt((spool) => {
    const { cancel, reschedule } = original(spool);
    const done = (change: Change): Change =>
      change.kind === 'too-late' ? { ...change, kind: 'done' } : change;
    spool.control.cancel = async (which) => done(await cancel(which));
    spool.control.reschedule = async (which, dueAt) => done(await reschedule(which, dueAt));
  }),
  'always says too late after a worker had it': spoilt((spool) => {
    const { cancel, claim } = original(spool);
    const held = new Set<string>();
    spool.claim = async (id, request) => {
      const found = await claim(id, request);
      if (found) held.add(id);
      return found;
    };
    spool.control.cancel = async (which) => {
      const change = await cancel(which);
      return change.kind !== 'unknown' && held.has(change.spooled.mail.id)
        ? { ...change, kind: 'too-late' }
        : change;
    };
  }),
  'calls everything cancelled': spoilt((spool) => {
    const { cancel } = original(spool);
    spool.control.cancel = async (which) => {
      const change = await cancel(which);
      if (change.kind === 'unknown') return change;
      const recipients = change.spooled.recipients.map((one) => ({ ...one, state: 'cancelled' as const }));
      return { ...change, spooled: { ...change.spooled, recipients } };
    };
  }),
  'changes nothing in a pause': spoilt((spool) => {
    const { cancel } = original(spool);
    spool.control.cancel = async (which) =>
      (await spool.control.paused()).length > 0 ? { kind: 'unknown' } : cancel(which);
  }),
  'knows the keys of every tenant': spoilt((spool) => {
    const { cancel } = original(spool);
    spool.control.cancel = (which) => cancel('mailId' in which ? which : { ...which, tenant: 'one' });
  }),
};

const KEEPING: Readonly<Record<string, Open>> = {
  'keeps nothing': spoilt((spool) => {
    spool.control.kept = async () => ({ mails: [] });
  }),
  'keeps what is finished': spoilt((spool) => {
    const { settle, replay } = original(spool);
    const all = new Map<string, Claim>();
    spool.settle = (claim, settlement) => {
      all.set(claim.mail.id, claim);
      return settle(claim, settlement);
    };
    spool.control.replay = async (id, lifetimeMs) => {
      const claim = all.get(id);
      return (await replay(id, lifetimeMs)) ?? (claim && { ...claim, attempts: 0 });
    };
  }),
  'takes every kept mail for a failed one': spoilt((spool) => {
    const { kept, keptCounts } = original(spool);
    spool.control.kept = async (query) => {
      const page = await kept(query);
      return { ...page, mails: page.mails.map((one) => ({ ...one, keptReason: 'failed' as const })) };
    };
    spool.control.keptCounts = async () => {
      const counts = await keptCounts();
      const failed = counts.failed + counts.uncertain + counts['set-aside'];
      return { failed, uncertain: 0, 'set-aside': 0 };
    };
  }),
  'gives the oldest first': spoilt((spool) => {
    const { kept } = original(spool);
    spool.control.kept = async (query) => {
      const page = await kept(query);
      return { ...page, mails: page.mails.toReversed() };
    };
  }),
  'pages by the time alone': spoilt((spool) => {
    const { kept } = original(spool);
    spool.control.kept = async ({ cursor, limit, ...query }) => {
      const { mails } = await kept({ ...query, limit: 1000 });
      const page = mails.filter(({ keptAt }) => cursor === undefined || keptAt < Number(cursor));
      return {
        mails: page.slice(0, limit),
        ...(page.length > limit && { cursor: String(page[limit - 1]?.keptAt) }),
      };
    };
  }),
  'pages by position': spoilt((spool) => {
    const { kept } = original(spool);
    spool.control.kept = async ({ cursor = '0', limit, ...query }) => {
      const { mails } = await kept({ ...query, limit: 1000 });
      const end = Number(cursor) + limit;
      return {
        mails: mails.slice(Number(cursor), end),
        ...(mails.length > end && { cursor: String(end) }),
      };
    };
  }),
  'filters within the page': spoilt((spool) => {
    const { kept } = original(spool);
    spool.control.kept = async ({ cursor, limit }) => kept({ cursor, limit });
  }),
  'replays sent recipients too': spoilt((spool, clock) => {
    const { replay, claim } = original(spool);
    const replayed = new Set<string>();
    spool.control.replay = (id, lifetimeMs) => {
      replayed.add(id);
      return replay(id, lifetimeMs);
    };
    spool.claim = async (id, request) => {
      const found = await claim(id, request);
      if (!found || !replayed.has(id)) return found;
      const recipients = found.mail.envelope.to.map((address) => ({
        address,
        state: 'queued' as const,
        dueAt: clock.now(),
      }));
      return { ...found, recipients };
    };
  }),
  'remembers crashes over a replay': spoilt((spool) => {
    const { claim, replay } = original(spool);
    let replayed = false;
    spool.control.replay = (id, lifetimeMs) => {
      replayed = true;
      return replay(id, lifetimeMs);
    };
    spool.claim = async (id, request) => {
      const found = await claim(id, request);
      return found && replayed ? { ...found, crashes: 3 } : found;
    };
  }),
  'does not schedule what is replayed': spoilt((spool) => {
    const { due, replay } = original(spool);
    const replayed = new Set<string>();
    spool.control.replay = (id, lifetimeMs) => {
      replayed.add(id);
      return replay(id, lifetimeMs);
    };
    spool.due = async (limit) => (await due(limit)).filter(({ id }) => !replayed.has(id));
  }),
  'does not discard': spoilt((spool) => {
    spool.control.discard = async () => true;
  }),
  'purges without bound': spoilt((spool) => {
    const { purge } = original(spool);
    spool.control.purge = () => purge(1000);
  }),
  'forgets what was set aside': spoilt((spool, clock) => {
    const { kept } = original(spool);
    spool.control.kept = async (query) => {
      const page = await kept(query);
      return {
        ...page,
        mails: page.mails.filter(({ keptAt }) => keptAt + 30 * DAY_MS > clock.now()),
      };
    };
  }),
};

/** Each of these is wrong in one way; the suite has to notice. */
export const BROKEN_SPOOLS: Readonly<Record<string, Open>> = {
  ...ADDING,
  ...CLAIMS,
  ...SCHEDULE,
  ...CHANGING,
  ...KEEPING,
};

function doneOf(spooled: (Change & { kind: 'done' })['spooled'] | undefined): Change {
  return spooled ? { kind: 'done', spooled } : { kind: 'unknown' };
}
