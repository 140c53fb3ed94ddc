import { describe, expect, it } from 'vitest';
import { renderPreview } from './preview-page.js';

const page = (...lines: string[]) => renderPreview(Buffer.from(lines.join('\r\n')));
const HEAD = ['From: Shop <shop@a.test>', 'To: ada@b.test', 'Subject: Hello'];

describe('renderPreview', () => {
  it('shows subject, people and the html in a sandboxed frame', () => {
    const html = page(...HEAD, 'Content-Type: text/html', '', '<h1 title="x">Hi</h1>');
    expect(html).toContain('<title>Hello</title>');
    expect(html).toContain('Shop &lt;shop@a.test&gt;');
    expect(html).toContain('ada@b.test');
    expect(html).toContain(
      'srcdoc="&lt;base target=&quot;_blank&quot;&gt;&lt;h1 title=&quot;x&quot;&gt;Hi&lt;/h1&gt;"',
    );
    expect(html).toMatch(/<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/);
  });

  it('shows the text where there is no html', () => {
    expect(page(...HEAD, '', 'a < b')).toContain('<pre>a &lt; b</pre>');
  });

  it('prefers the html of an alternative', () => {
    const html = page(
      ...HEAD,
      'Content-Type: multipart/alternative; boundary=x',
      '',
      '--x',
      '',
      'plain',
      '--x',
      'Content-Type: text/html',
      '',
      '<b>rich</b>',
      '--x--',
    );
    expect(html).toContain('&lt;b&gt;rich');
    expect(html).not.toContain('plain');
  });

  it('shows embedded pictures, and names what is attached', () => {
    const html = page(
      ...HEAD,
      'Content-Type: multipart/related; boundary=x',
      '',
      '--x',
      'Content-Type: text/html',
      '',
      '<img src="cid:logo@a.test"><img src="cid:none">',
      '--x',
      'Content-Type: image/png',
      'Content-ID: <logo@a.test>',
      'Content-Transfer-Encoding: base64',
      '',
      'iVBORw0=',
      '--x',
      'Content-Type: application/pdf',
      'Content-Disposition: attachment; filename=a.pdf',
      '',
      'PDF',
      '--x--',
    );
    expect(html).toContain('data:image/png;base64,iVBORw0=');
    expect(html).toContain('cid:none');
    expect(html).toContain('application/pdf');
  });

  it('does not take an attached page for the mail', () => {
    const html = page(
      ...HEAD,
      'Content-Type: multipart/mixed; boundary=x',
      '',
      '--x',
      '',
      'the mail',
      '--x',
      'Content-Type: text/html',
      'Content-Disposition: attachment',
      '',
      '<b>attached</b>',
      '--x--',
    );
    expect(html).toContain('<pre>the mail</pre>');
    expect(html).not.toContain('attached&lt;');
  });

  it.each([
    ['the subject', ['Subject: </title><script>alert(1)</script>', '', 'x']],
    ['an encoded subject', ['Subject: =?utf-8?q?=3C/title=3E=3Cscript=3E?=', '', 'x']],
    ['a name', ['From: "<script>" <a@a.test>', 'Subject: x', '', 'x']],
    ['the text', ['Subject: x', '', '</pre><script>alert(1)</script>']],
    ['the html', ['Subject: x', 'Content-Type: text/html', '', '"></iframe><script>alert(1)</script>']],
    [
      'a type',
      [
        'Subject: x',
        'Content-Type: multipart/mixed; boundary=x',
        '',
        '--x',
        'Content-Type: a/<script>',
        '',
        'x',
        '--x--',
      ],
    ],
    [
      'a picture',
      [
        'Subject: x',
        'Content-Type: multipart/related; boundary=x',
        '',
        '--x',
        'Content-Type: text/html',
        '',
        '<img src="cid:a">',
        '--x',
        'Content-Type: image/"><script>',
        'Content-ID: <a>',
        '',
        'x',
        '--x--',
      ],
    ],
  ])('lets nothing act through %s', (_, lines) => {
    const html = page(...lines);
    expect(html).not.toContain('<script');
    expect(html.match(/<iframe/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(html).toContain("default-src 'none'");
  });
});
