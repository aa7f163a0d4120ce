import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { escapeHtml } from '../../src/report/escape.js';
import { datasetPage } from '../../src/report/page.js';
import { hostileData } from './data.js';

describe('escapeHtml', () => {
  it('leaves nothing that could become markup or hide', () => {
    expect(escapeHtml(`<a href="x" id='y'>&`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;');
    expect(escapeHtml('a\0b\u202ec')).toBe('a\u{fffd}b\u{fffd}c');
    expect(escapeHtml('plain ünïcode 日本 🦆')).toBe('plain ünïcode 日本 🦆');
  });
});

describe('datasetPage', async () => {
  const page = datasetPage(await hostileData(3));

  it('holds no markup that came from a name', () => {
    expect(page.match(/<img src=x|<script>alert|&<\/title>/g)).toBeNull();
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).toContain('&lt;/script&gt;&lt;script&gt;alert(2)&lt;/script&gt;');
  });

  it('has a policy that allows its own style and script and nothing else', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!;
    const hashOf = (tag: string) => {
      const [, text] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)!;
      return `'sha256-${createHash('sha256').update(text!).digest('base64')}'`;
    };
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src ${hashOf('style')}`);
    expect(policy).toContain(`script-src ${hashOf('script')}`);
    expect(policy).not.toContain('unsafe');
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/https?:|\son[a-z]+="|style="|src="(?!data:)/g)).toBeNull();
  });

  it('shows each preview with its labels, and refused inputs', () => {
    expect(page.match(/<li data-shape=/g)).toHaveLength(3);
    expect(page).toContain('E_TRUNCATED');
    expect(page).toContain('1\u202f234 of 1\u202f240 planned');
  });

  it('is the same for the same data', async () => {
    expect(datasetPage(await hostileData(3))).toBe(page);
  });

  it('says so when there is nothing to show', async () => {
    expect(datasetPage(await hostileData(0))).toContain('There are no previews');
  });
});
