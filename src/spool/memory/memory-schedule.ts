import type { PauseTarget } from '../spool-control.js';
import type { StoredMail } from './stored-mail.js';
import { StreamSchedule } from './stream-schedule.js';

/**
 * When which mail is to be rung: one schedule for each stream in each lane, so that none waits behind another and what
 * is paused is passed over as a whole.
 */
export class MemorySchedule {
  readonly #schedules = new Map<string, StreamSchedule>();
  readonly #pausedLanes = new Set<string>();
  readonly #pausedStreams = new Set<string>();

  get streams(): Iterable<StreamSchedule> {
    return this.#schedules.values();
  }

  add(record: StoredMail): void {
    this.#of(record).mails.set(record.mail.id, record);
  }

  remove(record: StoredMail): void {
    this.#of(record).mails.delete(record.mail.id);
  }

  ring(record: StoredMail, at: number): void {
    this.#of(record).ring(record, at);
  }

  /** Mails to be rung, one of each schedule in turn; none of them is scheduled any more then. */
  take(now: number, limit: number): readonly StoredMail[] {
    const found: StoredMail[] = [];
    let rest = this.#running();
    while (rest.length > 0 && found.length < limit) {
      const next: StreamSchedule[] = [];
      for (const schedule of rest) {
        const record = found.length < limit ? schedule.take(now) : undefined;
        if (!record) continue;
        found.push(record);
        next.push(schedule);
      }
      rest = next;
    }
    return found;
  }

  nextAt(): number | undefined {
    const times = this.#running().flatMap((schedule) => schedule.nextAt() ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  isPaused({ lane, stream }: { readonly lane: string; readonly stream: string }): boolean {
    return this.#pausedLanes.has(lane) || this.#pausedStreams.has(stream);
  }

  pause(target: PauseTarget): void {
    if ('lane' in target) this.#pausedLanes.add(target.lane);
    else this.#pausedStreams.add(target.stream);
  }

  resume(target: PauseTarget): void {
    if ('lane' in target) this.#pausedLanes.delete(target.lane);
    else this.#pausedStreams.delete(target.stream);
  }

  paused(): readonly PauseTarget[] {
    return [
      ...Array.from(this.#pausedLanes, (lane) => ({ lane })),
      ...Array.from(this.#pausedStreams, (stream) => ({ stream })),
    ];
  }

  clear(): void {
    for (const schedule of this.#schedules.values()) schedule.clear();
  }

  #running(): readonly StreamSchedule[] {
    return Array.from(this.#schedules.values()).filter((schedule) => !this.isPaused(schedule));
  }

  #of({ mail: { lane, stream } }: StoredMail): StreamSchedule {
    const name = `${lane}\n${stream}`;
    let schedule = this.#schedules.get(name);
    if (!schedule) this.#schedules.set(name, (schedule = new StreamSchedule(lane, stream)));
    return schedule;
  }
}
