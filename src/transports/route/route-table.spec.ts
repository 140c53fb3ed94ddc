import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RouteSettings } from './route-settings.js';
import { RouteTable, type RoutedRecipient } from './route-table.js';

function table(given: Partial<RouteSettings>): RouteTable {
  return new RouteTable({
    transports: ['a', 'b'],
    selector: 'failover',
    weights: new Map(),
    byRecipientDomain: new Map(),
    bySenderDomain: new Map(),
    ...given,
  });
}

const to = (...addresses: string[]): readonly RoutedRecipient[] => addresses.map((address) => ({ address }));
const [ADA, BOB, EVE] = ['ada@x.test', 'bob@y.test', 'eve@z.test'] as const;

describe('RouteTable', () => {
  it('is one way for all without rules', () => {
    expect(table({}).legs('acme.test', to(ADA, BOB))).toEqual([
      { transports: ['a', 'b'], recipients: [ADA, BOB] },
    ]);
  });

  it('parts recipients whose domains have ways of their own, and keeps those together that share one', () => {
    const routes = table({
      byRecipientDomain: new Map([
        ['y.test', ['pool']],
        ['z.test', ['pool']],
      ]),
    });
    expect(routes.legs('acme.test', to(ADA, BOB, EVE))).toEqual([
      { transports: ['a', 'b'], recipients: [ADA] },
      { transports: ['pool'], recipients: [BOB, EVE] },
    ]);
  });

  it('takes the route of the From domain before the stream, and not that of a domain above it', () => {
    const routes = table({ bySenderDomain: new Map([['news.test', ['n']]]) });
    expect(routes.legs('news.test', to(ADA))).toEqual([{ transports: ['n'], recipients: [ADA] }]);
    expect(routes.legs('eu.news.test', to(ADA))).toEqual([{ transports: ['a', 'b'], recipients: [ADA] }]);
  });

  it('lets the recipient domain choose among those who may send for the From domain, not beyond them', () => {
    const routes = table({
      bySenderDomain: new Map([['news.test', ['n', 'pool']]]),
      byRecipientDomain: new Map([
        ['x.test', ['pool', 'a']],
        ['y.test', ['a']],
      ]),
    });
    expect(routes.legs('news.test', to(ADA, BOB))).toEqual([
      { transports: ['pool'], recipients: [ADA] },
      { transports: ['n', 'pool'], recipients: [BOB] },
    ]);
    expect(routes.legs('acme.test', to(ADA))).toEqual([{ transports: ['pool', 'a'], recipients: [ADA] }]);
  });

  it('asks the selector once for all recipients of a mail that share a way', () => {
    const routes = table({ selector: 'roundRobin', byRecipientDomain: new Map([['y.test', ['pool']]]) });
    expect(routes.legs('acme.test', to(ADA, EVE))).toHaveLength(1);
    expect(routes.legs('acme.test', to(ADA, EVE))).toEqual([
      { transports: ['b', 'a'], recipients: [ADA, EVE] },
    ]);
  });

  it('goes on with the transport a recipient sticks to, with the others behind it or without them', () => {
    const stuck = (address: string, transport: string, only: boolean): RoutedRecipient => ({
      address,
      stickTo: { transport, only },
    });
    expect(
      table({}).legs('acme.test', [stuck(ADA, 'b', false), stuck(BOB, 'b', true), { address: EVE }]),
    ).toEqual([
      { transports: ['b', 'a'], recipients: [ADA] },
      { transports: ['b'], recipients: [BOB] },
      { transports: ['a', 'b'], recipients: [EVE] },
    ]);
    expect(table({}).legs('acme.test', [stuck(ADA, 'gone', false)])).toEqual([
      { transports: ['a', 'b'], recipients: [ADA] },
    ]);
  });

  it('knows who is declared to authenticate a From domain', () => {
    const routes = table({ bySenderDomain: new Map([['news.test', ['n']]]) });
    expect(routes.authenticates('n', 'news.test')).toBe(true);
    expect(routes.authenticates('a', 'news.test')).toBe(false);
    expect(routes.authenticates('n', 'acme.test')).toBe(false);
  });

  it('puts every recipient on exactly one way, whatever the rules are', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const domain = fc.constantFrom('x.test', 'y.test', 'z.test');
    const names = fc.uniqueArray(name, { minLength: 1 });
    const rules = fc.uniqueArray(fc.tuple(domain, names), { selector: ([key]) => key });
    const recipient = fc.record(
      {
        local: fc.constantFrom('ada', 'bob', 'eve'),
        domain,
        stickTo: fc.record({ transport: name, only: fc.boolean() }),
      },
      { requiredKeys: ['local', 'domain'] },
    );
    const recipients = fc.uniqueArray(recipient, { selector: (one) => `${one.local}@${one.domain}` });
    fc.assert(
      fc.property(
        rules,
        rules,
        names,
        recipients,
        domain,
        (bySender, byRecipient, transports, some, from) => {
          const routed = some.map(({ local, domain: at, stickTo }): RoutedRecipient => ({
            address: `${local}@${at}`,
            stickTo,
          }));
          const legs = table({
            transports,
            bySenderDomain: new Map(bySender),
            byRecipientDomain: new Map(byRecipient),
          }).legs(from, routed);
          expect(legs.flatMap((leg) => leg.recipients).toSorted()).toEqual(
            routed.map(({ address }) => address).toSorted(),
          );
          expect(legs.every((leg) => leg.transports.length > 0)).toBe(true);
        },
      ),
    );
  });
});
