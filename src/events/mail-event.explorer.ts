import { Logger } from '@nestjs/common';
import { ContextIdFactory, DiscoveryService, MetadataScanner, ModuleRef } from '@nestjs/core';
import { subscriptionsOf } from './on-mail-event.decorator.js';
import type { MailEventBus } from './mail-event-bus.js';
import type { RelayEvent } from './relay-event.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Handler = (event: RelayEvent) => unknown;
/** What has a decorated method. It is looked up at each call, so that a spy on the instance is heard. */
type Listening = Readonly<Record<string, Handler>>;

/**
 * Finds the methods decorated with `@OnMailEvent` in providers and controllers, by Nest's public discovery, and lets
 * them hear one bus. Request-scoped classes are resolved for each event; transient ones cannot listen.
 */
export class MailEventExplorer {
  readonly #logger = new Logger(MailEventExplorer.name);
  readonly #discovery: DiscoveryService;
  readonly #scanner = new MetadataScanner();
  readonly #moduleRef: ModuleRef;

  constructor(discovery: DiscoveryService, moduleRef: ModuleRef) {
    this.#discovery = discovery;
    this.#moduleRef = moduleRef;
  }

  /** Subscribes every decorated method, each instance once even where several tokens lead to it. */
  explore(bus: Pick<MailEventBus, 'listen'>): void {
    const seen = new Set<unknown>();
    for (const wrapper of [...this.#discovery.getProviders(), ...this.#discovery.getControllers()]) {
      const subject = this.#subject(wrapper);
      if (!subject || seen.has(subject.identity)) continue;
      seen.add(subject.identity);
      this.#subscribe(bus, wrapper, subject.prototype);
    }
  }

  #subject(wrapper: Wrapper): { readonly prototype: object; readonly identity: unknown } | undefined {
    if (wrapper.isDependencyTreeStatic()) {
      const instance: unknown = wrapper.instance;
      if (typeof instance !== 'object' || instance === null) return undefined;
      const prototype: unknown = Object.getPrototypeOf(instance);
      return typeof prototype === 'object' && prototype !== null
        ? { prototype, identity: instance }
        : undefined;
    }
    const { metatype } = wrapper;
    if (typeof metatype !== 'function') return undefined;
    const prototype: unknown = metatype.prototype;
    return typeof prototype === 'object' && prototype !== null
      ? { prototype, identity: metatype }
      : undefined;
  }

  #subscribe(bus: Pick<MailEventBus, 'listen'>, wrapper: Wrapper, prototype: object): void {
    for (const key of this.#scanner.getAllMethodNames(prototype)) {
      const method: unknown = Reflect.get(prototype, key);
      if (typeof method !== 'function') continue;
      // A token may be a symbol.
      const ownName = `${String(wrapper.name)}.${key}`;
      for (const { types, filter, name = ownName, ...settings } of subscriptionsOf(method)) {
        if (wrapper.isTransient) {
          this.#logger.warn(
            `${name} cannot hear mail events: its class is transient. Move it to a singleton.`,
          );
          continue;
        }
        bus.listen({ name, types, filter, ...settings, handle: this.#handler(wrapper, key) });
      }
    }
  }

  #handler(wrapper: Wrapper, key: string): Handler {
    if (wrapper.isDependencyTreeStatic()) {
      const instance = wrapper.instance as Listening;
      return (event) => instance[key]?.(event);
    }
    return async (event) => {
      const contextId = ContextIdFactory.create();
      this.#moduleRef.registerRequestByContextId(event, contextId);
      const instance = await this.#moduleRef.resolve<Listening>(wrapper.token, contextId, { strict: false });
      return instance[key]?.(event);
    };
  }
}
