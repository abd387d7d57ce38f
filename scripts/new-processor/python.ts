import { command } from '../../runtime/processor';

export default command(['python3', 'main.py'], {
  description: 'Counts the lines of each text.',
  outputs: ['.json'],
  contentType: 'application/json',
});
