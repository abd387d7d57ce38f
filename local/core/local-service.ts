/** The one shape of a service in the local cloud, and what services are made from. `services/index.ts` is the table of them. */
import type { Faults } from './faults';
import type { StackIdentities } from './iam/identities';
import type { StackPolicies } from './iam/policies';
import type { Processes } from './processes/processes';
import type { Service } from './service';
import type { Stack } from './stack/stack';

/** The parts of a local cloud that its services share. */
export interface Core {
  stack: Stack;
  policies: StackPolicies;
  identities: StackIdentities;
  processes: Processes;
  /** The gateway's: `http://127.0.0.1:<port>`. */
  endpoint: string;
  faults: Pick<Faults, 'failureOf'>;
  /** Takes problems inside of the local cloud that no answer reports. */
  log(message: string, error?: unknown): void;
}

/** Made from the core, the options of its own, and the services that it uses. It reads its resources from the stack itself. */
export interface LocalService {
  /** The operations that the gateway serves. */
  readonly service: Service;
  /** Types of the resources that stay as they were at the boot: `deploy` refuses a stack in which they differ. */
  readonly fixed?: readonly string[];
  /** Begins what the service does without a request. All services are served by then. Rejects with a LocalCloudError. */
  start?(): Promise<void> | void;
  /** Takes the resources of another synthesis of the stack. Rejects with a LocalCloudError. */
  update?(stack: Stack): Promise<void> | void;
  /** Ends what it began. The services are served until all are closed. */
  close?(): Promise<void> | void;
}
