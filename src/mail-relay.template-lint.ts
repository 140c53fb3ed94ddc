import type { OnApplicationBootstrap } from '@nestjs/common';
import type { Log } from './core/log.js';
import { describeFinding } from './templates/lint/template-finding.js';
import type { TemplateCatalog } from './templates/template-catalog.js';

/** How many findings the log gets; the rest is counted. */
const MAX_TOLD = 20;

/** Tells, in development, what is likely to go wrong with the templates. It delays nothing and fails nothing. */
export class TemplateLintReport implements OnApplicationBootstrap {
  /** @param catalog absent where nobody wants to know */
  constructor(
    private readonly catalog: TemplateCatalog | undefined,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  onApplicationBootstrap(): void {
    void this.#report();
  }

  async #report(): Promise<void> {
    // After the turn in which the application begins to serve.
    await new Promise(setImmediate);
    const findings = ((await this.catalog?.lint()) ?? []).filter(({ severity }) => severity !== 'notice');
    for (const finding of findings.slice(0, MAX_TOLD)) this.log.warn(describeFinding(finding));
    const more = findings.length - MAX_TOLD;
    if (more > 0) this.log.warn(`${more} more: run npx nestjs-mail-relay lint`);
  }
}
