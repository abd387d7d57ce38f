/** An Auto Scaling group: it launches and terminates instances until they are as many as desired. */
import { randomBytes, randomUUID } from 'node:crypto';
import { ServiceError } from '../../core/service';
import type { AccountAndRegion } from '../../core/stack/attributes';
import type { Attributes } from '../../core/stack/stack';

export interface Instance {
  id: string;
  type: string;
  availabilityZone: string;
  lifecycleState: 'Pending' | 'InService' | 'Terminating:Wait' | 'Terminated';
}

export interface ScalingActivity {
  ActivityId: string;
  AutoScalingGroupName: string;
  Description: string;
  Cause: string;
  StartTime: Date;
  EndTime?: Date;
  StatusCode: 'InProgress' | 'Successful' | 'Failed';
  StatusMessage?: string;
  Progress: number;
}

/** What runs on every instance and takes part in its life: ECS's container agent. */
export interface InstanceAgent {
  /** The instance is up. `userData`: of its launch template, as text. */
  onInService(instance: Instance, userData: string): void;
  /** The instance is to go: resolves when what runs on it has stopped. */
  drain(instance: Instance): Promise<void>;
  onTerminated(instance: Instance): void;
}

export interface AutoScalingGroupOptions {
  accountAndRegion: AccountAndRegion;
  /** The resource `aws_autoscaling_group`. */
  attributes: Attributes;
  launchTemplate: Attributes;
  /** Seconds from launch to InService. */
  bootSeconds: number;
  agent: InstanceAgent;
  /** Why EC2 does not launch another instance of this type (no capacity, account quota …), in its words; undefined if it does. */
  launchFailure(type: string): string | undefined;
}

/** A group whose launches fail tries again after this. */
const RELAUNCH_MILLISECONDS = 5_000;
const MAX_ACTIVITIES = 100;
const UNHEALTHY =
  'an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped';

export class AutoScalingGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt = new Date();
  readonly minimum: number;
  readonly maximum: number;
  desired: number;
  readonly instances = new Map<string, Instance>();
  /** Newest first. */
  readonly activities: ScalingActivity[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private relaunch: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(readonly options: AutoScalingGroupOptions) {
    const { attributes } = options;
    this.name = attributes.name;
    this.arn = attributes.arn;
    this.minimum = attributes.min_size ?? 0;
    this.maximum = attributes.max_size;
    this.desired = attributes.desired_capacity ?? this.minimum;
  }

  /** Throws AWS's ValidationError outside of the group's minimum and maximum. */
  setDesired(desired: number, cause: string): void {
    if (desired > this.maximum || desired < this.minimum) {
      const [side, limit] =
        desired > this.maximum ? ['above max', this.maximum] : ['below min', this.minimum];
      throw new ServiceError(
        'ValidationError',
        `New SetDesiredCapacity value ${desired} is ${side} value ${limit} for the AutoScalingGroup.`,
      );
    }
    this.desired = desired;
    this.reconcile(cause);
  }

  /** Starts and ends instances until as many are there as desired. */
  reconcile(cause: string): void {
    if (this.closed) return;
    const staying = [...this.instances.values()].filter(isStaying);
    for (let missing = this.desired - staying.length; missing > 0; missing--) {
      if (!this.launch(cause)) break;
    }
    // The oldest go first: of equals, the default termination policy has no favourite.
    for (const instance of staying.slice(0, Math.max(0, staying.length - this.desired))) {
      void this.terminate(instance, cause);
    }
  }

  /** Drains the instance and ends it; the group launches another one if it is then short. */
  async terminate(instance: Instance, cause: string): Promise<void> {
    if (!isStaying(instance)) return;
    const activity = this.begin(`Terminating EC2 instance: ${instance.id}`, cause);
    const wasUp = instance.lifecycleState === 'InService';
    instance.lifecycleState = 'Terminating:Wait';
    if (wasUp) await this.options.agent.drain(instance);
    this.remove(instance);
    finish(activity, 'Successful');
    this.reconcile(`an instance was taken out of service: ${cause}`);
  }

  /** Spot takes the instance back: at its notice the agent drains it, and then the group finds it gone. */
  interrupt(instance: Instance): Promise<void> {
    return this.terminate(instance, UNHEALTHY);
  }

  /** The instance is gone at once, with all that ran on it: hardware fails. */
  lose(instance: Instance): void {
    const activity = this.begin(`Terminating EC2 instance: ${instance.id}`, UNHEALTHY);
    this.remove(instance);
    finish(activity, 'Successful');
    this.reconcile('an instance was started in response to a difference between desired and actual capacity');
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    clearTimeout(this.relaunch);
  }

  private launch(cause: string): boolean {
    const { launchTemplate, bootSeconds, accountAndRegion, agent } = this.options;
    const type: string = launchTemplate.instance_type;
    const failure = this.options.launchFailure(type);
    if (failure !== undefined) {
      const activity = this.begin(`Launching a new EC2 instance.  Status Reason: ${failure}`, cause);
      finish(activity, 'Failed', failure);
      clearTimeout(this.relaunch);
      this.relaunch = setTimeout(() => this.reconcile(cause), RELAUNCH_MILLISECONDS);
      return false;
    }
    const instance: Instance = {
      id: `i-${randomBytes(9).toString('hex').slice(0, 17)}`,
      type,
      availabilityZone: `${accountAndRegion.region}${'ab'[this.instances.size % 2]}`,
      lifecycleState: 'Pending',
    };
    const activity = this.begin(`Launching a new EC2 instance: ${instance.id}`, cause);
    this.instances.set(instance.id, instance);
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      finish(activity, 'Successful');
      if (instance.lifecycleState !== 'Pending') return;
      instance.lifecycleState = 'InService';
      const userData = Buffer.from(launchTemplate.user_data ?? '', 'base64').toString('utf8');
      agent.onInService(instance, userData);
    }, bootSeconds * 1000);
    this.timers.add(timer);
    return true;
  }

  private remove(instance: Instance): void {
    instance.lifecycleState = 'Terminated';
    this.instances.delete(instance.id);
    this.options.agent.onTerminated(instance);
  }

  private begin(description: string, cause: string): ScalingActivity {
    const activity: ScalingActivity = {
      ActivityId: randomUUID(),
      AutoScalingGroupName: this.name,
      Description: description,
      Cause: `At ${new Date().toISOString().replace(/\.\d+Z$/, 'Z')} ${cause}.`,
      StartTime: new Date(),
      StatusCode: 'InProgress',
      Progress: 50,
    };
    this.activities.unshift(activity);
    this.activities.length = Math.min(this.activities.length, MAX_ACTIVITIES);
    return activity;
  }
}

function isStaying({ lifecycleState }: Instance): boolean {
  return lifecycleState === 'Pending' || lifecycleState === 'InService';
}

function finish(activity: ScalingActivity, status: 'Successful' | 'Failed', message?: string): void {
  Object.assign(activity, { StatusCode: status, StatusMessage: message, EndTime: new Date(), Progress: 100 });
}
