/** A client of ECS, and the server that answers it when the test says so. Both are new for each test. */
import { ECSClient } from '@aws-sdk/client-ecs';
import { SilentServer } from './silent-server';

export function useSilentEcs(): { server: SilentServer; ecs: ECSClient } {
  const used = {} as { server: SilentServer; ecs: ECSClient };
  beforeEach(async () => {
    used.server = await SilentServer.start();
    used.ecs = new ECSClient({ maxAttempts: 1 });
  });
  afterEach(() => {
    used.ecs.destroy();
    used.server.close();
  });
  return used;
}
