import { describe, expect, it } from 'vitest';
import { TransportNews } from './transport-news.js';

describe('the failures of a transport', () => {
  it('are news once in a while, for each of them', () => {
    const news = new TransportNews();
    expect(news.isNews('a', 0)).toBe(true);
    expect(news.isNews('a', 29_999)).toBe(false);
    expect(news.isNews('b', 29_999)).toBe(true);
    expect(news.isNews('a', 30_000)).toBe(true);
  });

  it('of tenants that come and go are not remembered for ever', () => {
    const news = new TransportNews();
    for (let i = 0; i < 5000; i++) news.isNews(`tenant${i}`, i);
    expect(news.size).toBe(1000);
    expect(news.isNews('tenant4999', 5000)).toBe(false);
  });
});
