import { afterEach, describe, expect, it } from 'vitest';

import { TemplateFolder } from '../../test/support/template-folder.js';
import { createTemplateRenderer } from './create-template-renderer.js';
import { MemoryTemplateLoader } from './memory-template-loader.js';

const notice = (): void => {};
let app: TemplateFolder | undefined;

afterEach(() => app?.remove());

describe('createTemplateRenderer', () => {
  it('reads one or several directories below the application', async () => {
    app = await TemplateFolder.with({ 'mail/a.hbs': 'A', 'brand/a.hbs': 'B', 'mail/c.hbs': 'C' });
    const renderer = createTemplateRenderer({ dir: ['brand', 'mail'] }, { notice, roots: { cwd: app.dir } });
    await renderer.prepare();
    expect(renderer.names()).toEqual(['a', 'c']);
    expect(await renderer.render({ template: 'a', context: {} })).toMatchObject({ html: 'B' });
  });

  it('takes another loader', async () => {
    const loader = new MemoryTemplateLoader({ 'welcome.hbs': '<p>Hi</p>' });
    const renderer = createTemplateRenderer({ dir: 'nowhere' }, { notice, loader });
    await renderer.prepare();
    expect(renderer.names()).toEqual(['welcome']);
  });

  it('without options knows no template and says how to have some', async () => {
    const renderer = createTemplateRenderer(undefined, { notice });
    await renderer.prepare();
    expect(renderer.names()).toEqual([]);
    expect(() => renderer.render({ template: 'welcome', context: {} })).toThrow(
      expect.objectContaining({
        code: 'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND',
        message: expect.stringContaining("templates: { dir: 'templates' }") as string,
      }),
    );
  });
});
