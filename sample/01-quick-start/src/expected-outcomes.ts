import { filter, map, scan, take, timeout, firstValueFrom, catchError, of, type Observable } from 'rxjs';
import type { MailEvent } from 'nestjs-mail-relay';

const DEADLINE_MS = 25_000;
const EXPECTED = [
  'ada@example.test sent',
  'gone@example.test bounced',
  'later@example.test deferred',
  'later@example.test sent',
];

/** Resolves with true when exactly the expected outcomes have come, with false when others have or time is over. */
export function outcomesAsExpected(events$: Observable<MailEvent>): Promise<boolean> {
  return firstValueFrom(
    events$.pipe(
      filter(({ type }) => type !== 'queued'),
      scan((seen, { recipient, type }) => [...seen, `${recipient} ${type}`], [] as readonly string[]),
      filter((seen) => seen.length >= EXPECTED.length),
      take(1),
      map((seen) => seen.toSorted().join('\n') === EXPECTED.join('\n')),
      timeout(DEADLINE_MS),
      catchError(() => of(false)),
    ),
  );
}
