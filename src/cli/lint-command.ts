import { openCatalog } from '../templates/lint-templates.js';
import { describeFinding } from '../templates/lint/template-finding.js';
import type { TemplateHelper } from '../templates/template-options.js';
import type { CommandIo, ExitCode } from './command-io.js';
import type { TemplatesOptions } from './command-line.js';

/** `nestjs-mail-relay lint`. */
export async function lintCommand(
  { dirs, layout, helpers }: TemplatesOptions,
  io: CommandIo,
): Promise<ExitCode> {
  try {
    const catalog = await openCatalog(
      // The application's helpers are not known here: each gives back what it is asked about.
      {
        dir: dirs,
        layout,
        helpers: Object.fromEntries(helpers.map((name) => [name, firstArgument])),
        strict: false,
      },
      { notice: (message) => io.out(message), roots: { cwd: io.cwd } },
    );
    const findings = await catalog.lint();
    for (const finding of findings) io.out(`${finding.severity.padEnd(7)} ${describeFinding(finding)}`);
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    io.out(
      `Templates: ${catalog.list().length}, findings: ${findings.length}, errors among them: ${errors}.`,
    );
    return errors > 0 ? 1 : 0;
  } catch (error) {
    io.err(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

const firstArgument: TemplateHelper = (...args: readonly unknown[]) => (args.length > 1 ? args[0] : '');
