import { command, z } from '../../runtime/processor';

export default command(['sh', 'preview.sh', '{input}', '{output}', '{parameters.bitrate}'], {
  description: 'Makes a small Opus file of each sound or video, and a picture of its waveform.',
  outputs: ['.opus', '.png'],
  parameters: z.object({
    bitrate: z.number().int().min(6).max(256).default(32).describe('Bit rate of the Opus file, in kbit/s.'),
  }),
  contentType: (suffix) => (suffix === '.opus' ? 'audio/ogg' : 'image/png'),
});
