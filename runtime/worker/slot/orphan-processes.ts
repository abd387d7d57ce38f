/**
 * Processes that an object has started and left: they end with its attempt. Those of the processor's setup, such as a server, live
 * as long as the slot.
 */
import { ChildProcess } from 'node:child_process';
import { endProcess, type ProcessInfo, processesOfSlot, SLOT_VARIABLE } from '../../processes';
import { type Scope, scopes } from './scope';

/** Every function of node:child_process that does not wait for the end calls this. */
type Spawn = (this: ChildProcess, options: object) => number;

export class OrphanProcesses {
  private setup?: Scope;
  /** Processes that setup has started, also those whose parent has ended since. */
  private kept: number[] = [];
  private readonly objects = new Set<Scope>();
  private readonly slotId = process.env[SLOT_VARIABLE] ?? '';

  /** Notes from now on which scope starts a process, so that an object which starts none costs nothing. */
  watch(): void {
    const prototype = ChildProcess.prototype as unknown as { spawn: Spawn };
    const { spawn } = prototype;
    prototype.spawn = function (options) {
      scopes.getStore()?.children.add(this);
      return spawn.call(this, options);
    };
  }

  /** Processes that this scope starts, now and later, live as long as the slot. */
  keep(setup: Scope): void {
    this.setup = setup;
    if (setup.children.size > 0) this.kept = this.list().map(({ pid }) => pid);
  }

  begin(object: Scope): void {
    this.objects.add(object);
  }

  /** Ends the processes that the object has started, and their children. */
  end(object: Scope): void {
    this.objects.delete(object);
    if (object.children.size === 0) return;
    for (const child of object.children) if (!hasEnded(child)) child.kill('SIGKILL');
    const processes = this.list();
    const kept = new Set([process.pid, ...this.kept, ...below(pidsOf(this.setup), processes)]);
    const others = [...this.objects].filter(({ children }) => children.size > 0);
    // An orphan, whose parent has ended, is of this object unless another one may have left it.
    const orphans = others.length > 0 ? [] : processes.map(({ pid }) => pid).filter((pid) => !kept.has(pid));
    for (const pid of [...below(pidsOf(object), processes), ...orphans]) endProcess(pid);
  }

  private list(): ProcessInfo[] {
    // Outside a slot nothing tells its processes from those of others.
    return this.slotId ? processesOfSlot(process.pid, this.slotId) : [];
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function pidsOf(scope?: Scope): number[] {
  return [...(scope?.children ?? [])].flatMap(({ pid }) => pid ?? []);
}

/** Those of the processes that these are, or have started. */
function below(roots: number[], processes: ProcessInfo[]): number[] {
  const found = processes.filter(({ pid }) => roots.includes(pid)).map(({ pid }) => pid);
  for (const parent of found)
    found.push(...processes.filter((one) => one.parent === parent).map(({ pid }) => pid));
  return found;
}
