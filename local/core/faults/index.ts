/**
 * Causes faults in the local cloud. They hit requests of the stack's roles (workers, functions, the state machine), never those of
 * the user.
 */
import { randomInt } from 'node:crypto';
import { LocalCloudError } from '../errors';
import { commonError, DropConnection, type RequestHandle } from '../gateway';
import { matches } from '../iam/pattern';
import type { Service } from '../service';
import { ActiveFault } from './active-fault';
import type { Fault, RequestFault } from './fault';

export type { Fault } from './fault';
export { describeFault, FAULT_FORMS, parseFault } from './text';

/** What faults act on in the local cloud. */
export interface FaultTargets {
  services(): readonly Service[];
  /** The workers that run. */
  workers(): { kill(): void }[];
  /** The instances in service. */
  instances(): { interrupt(): void }[];
}

/** Reasons in the words of EC2 and of ECS, for an instance type or an image. */
const FAILURE_REASONS = {
  instances: (type: string) =>
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested. Our system will be working on provisioning additional capacity. Launching EC2 instance failed.`,
  workers: (image: string) =>
    `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ${image}: failed to do request: dial tcp: i/o timeout`,
};

export class Faults {
  private readonly active = new Set<ActiveFault>();
  /** All faults since the start, also removed ones. */
  private readonly injections: ActiveFault[] = [];

  constructor(
    private readonly targets: FaultTargets,
    /** The seed of all random decisions: the same seed and the same faults give the same decisions in order of arrival. */
    readonly seed = randomInt(2 ** 31),
  ) {}

  /**
   * Returns a function that removes the fault; it releases delayed answers. Throws a LocalCloudError for an API
   * that the local cloud does not have.
   */
  inject(fault: Fault): () => void {
    if ('api' in fault) this.checkApi(fault.api);
    // Each fault draws its own random numbers: the hits of one do not change the decisions of another.
    const active = new ActiveFault(fault, `${this.seed} ${this.injections.length}`);
    this.active.add(active);
    this.injections.push(active);
    const { targets } = this;
    if (fault.effect === 'kill')
      void active.repeat(fault.everySeconds, () => active.pick(targets.workers())?.kill());
    if (fault.effect === 'interrupt')
      void active.repeat(fault.everySeconds, () => active.pick(targets.instances())?.interrupt());
    return () => {
      this.active.delete(active);
      active.remove();
    };
  }

  /** How often each fault has hit so far, by the fault's text. */
  injected(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { text, hits } of this.injections) counts[text] = (counts[text] ?? 0) + hits;
    return counts;
  }

  /** The gateway asks before an operation runs. */
  intercept(handle: RequestHandle): void {
    for (const [active, { effect }] of this.ofRequest(handle)) {
      if (effect === 'lose' || effect === 'delay' || !active.shouldHit()) continue;
      if (effect === 'drop') throw new DropConnection();
      const { protocol = 'json' } = this.targets.services().find(({ name }) => name === handle.service) ?? {};
      if (effect === 'throttle') throw commonError(protocol, 'throttled');
      throw commonError(protocol, active.random() < 0.5 ? 'internal' : 'unavailable');
    }
  }

  /** The gateway asks before an answer goes out; undefined if nothing delays it. */
  interceptResponse(handle: RequestHandle): Promise<void> | undefined {
    const delays: Promise<void>[] = [];
    for (const [active, fault] of this.ofRequest(handle)) {
      if (fault.effect === 'lose' && active.shouldHit()) throw new DropConnection();
      if (fault.effect === 'delay' && active.shouldHit()) delays.push(active.wait(fault.seconds));
    }
    return delays.length > 0 ? Promise.all(delays).then(() => undefined) : undefined;
  }

  /** The reason why an instance of this type or a worker of this image must fail to start; undefined if it may start. */
  failureOf(what: 'instances' | 'workers', subject: string): string | undefined {
    for (const active of this.active) {
      const { fault } = active;
      if (fault.effect !== 'refuse' || fault.what !== what || !active.shouldHit()) continue;
      return fault.reason ?? FAILURE_REASONS[what](subject);
    }
    return undefined;
  }

  close(): void {
    for (const active of this.active) active.remove();
    this.active.clear();
  }

  private *ofRequest({ service, action, caller }: RequestHandle): Iterable<[ActiveFault, RequestFault]> {
    for (const active of caller?.roleName ? this.active : []) {
      const { fault } = active;
      if ('api' in fault && matches(fault.api, `${service}:${action}`)) yield [active, fault];
    }
  }

  private checkApi(api: string): void {
    const known = this.targets.services().flatMap((service) => {
      const names = service.protocol === 'stream' ? service.operations : Object.keys(service.operations);
      return names.map((name) => `${service.name}:${name}`);
    });
    if (known.some((name) => matches(api, name))) return;
    const [service] = api.split(':');
    const own = known.filter((name) => name.startsWith(`${service}:`));
    const services = [...new Set(known.map((name) => name.split(':')[0]))];
    throw new LocalCloudError(
      own.length > 0
        ? `The local cloud has no API ${api}; of ${service} it has ${own.join(', ')}.`
        : `The local cloud has no API ${api}: give service:Operation, with a service of ${services.join(', ')}.`,
    );
  }
}
