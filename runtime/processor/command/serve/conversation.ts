/**
 * A long-running program and its requests: one at a time, so that a program that dies fails its current object and no
 * other. A program that died or broke the protocol is replaced at the next request.
 */
import { AsyncResource } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProcessContext, ProcessorLog, SetupContext } from '../../define';
import { fillIn } from '../arguments';
import { CommandError, howItEnded } from '../failure';
import { fairDelay } from '../fair-delay';
import type { ProgramFile } from '../find-program';
import { Program } from '../program';
import { answerLines } from './answer-lines';
import { type Answer, parseAnswer, type Request } from './protocol';

/** Milliseconds between the end of a program's output and its exit. */
const EXIT_MS = 1000;

/** Starts the program, so that it loads what it needs while the first object arrives. */
export async function openConversation(
  argv: readonly string[],
  file: ProgramFile,
  { parameters, log }: SetupContext<object>,
): Promise<Conversation> {
  const args = fillIn(argv.slice(1), { parameters });
  // Python holds back what a program prints into a pipe; a forgotten flush would keep the answer from coming.
  const env = { PARAMETERS: JSON.stringify(parameters), PYTHONUNBUFFERED: '1' };
  // A later start, at an object, belongs to the setup as well: what an object starts ends with it.
  const start = AsyncResource.bind(async () => {
    const program = await Program.start(file, args, { env, readsStdin: true, log });
    program.unref();
    return new Server(program);
  });
  const conversation = new Conversation(start);
  await conversation.open();
  return conversation;
}

export class Conversation {
  private server?: Server;
  private lastTurn: Promise<unknown> = Promise.resolve();
  private requests = 0;

  constructor(private readonly start: () => Promise<Server>) {}

  async open(): Promise<Server> {
    this.server ??= await this.start();
    return this.server;
  }

  /** Throws a CommandError if the program dies or does not answer in the protocol, and the signal's reason. */
  ask(
    request: Omit<Request, 'id'>,
    context: Pick<ProcessContext<object, unknown>, 'signal' | 'log'>,
  ): Promise<Answer> {
    const turn = this.lastTurn.then(() => this.take(request, context));
    this.lastTurn = turn.catch(() => {});
    return turn;
  }

  private async take(
    request: Omit<Request, 'id'>,
    { signal, log }: { signal: AbortSignal; log: ProcessorLog },
  ): Promise<Answer> {
    signal.throwIfAborted();
    // One that has answered and ended between two objects has failed none of them.
    if (this.server && !this.server.program.isRunning && this.server.hasAnswered) {
      log.warn('The program ended between two objects: it is started again');
      this.server = undefined;
    }
    const server = await this.open();
    const abort = () => server.program.abort(signal.reason);
    signal.addEventListener('abort', abort);
    try {
      return await server.exchange({ id: ++this.requests, ...request }, log);
    } catch (error) {
      this.server = undefined;
      await server.program.end();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}

/** One process of the program. */
class Server {
  hasAnswered = false;
  private readonly lines: AsyncGenerator<string>;

  constructor(readonly program: Program) {
    this.lines = answerLines(program.stdout);
    // What it has started may hold its output, which would never end.
    program.exited.then(() => program.end());
  }

  async exchange(request: Request, log: ProcessorLog): Promise<Answer> {
    const { program } = this;
    // Until the first answer, what it said while it loaded is what explains its death.
    program.stderr.turnTo(log, { keep: !this.hasAnswered });
    program.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value: line, done } = await this.lines.next();
    if (done) throw await this.death();
    // Text that it wrote to standard error before its answer has arrived by now, and may be read after the answer: it belongs to this object.
    await nextTurn();
    const answer = parseAnswer(line, request.id);
    this.hasAnswered = true;
    return answer;
  }

  private async death(): Promise<unknown> {
    const { program } = this;
    const timer = new AbortController();
    const late = fairDelay(EXIT_MS, timer.signal).catch(() => undefined);
    const end = await Promise.race([program.exited, late]);
    timer.abort();
    if (!end) return new CommandError(`${program.name} closed its standard output`);
    try {
      await program.succeed();
    } catch (failure) {
      return failure;
    }
    return new CommandError(`${program.name} ${howItEnded(end)} before it answered`);
  }
}
