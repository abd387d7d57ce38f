import { KeySet } from './runtime/selector/key-set';
const n=Number(process.argv[2]); let t=Date.now(); const s=new KeySet(); let peak=0;
for (let i=0;i<n;i++){ s.add(`data/some/folder/file-${i}.jpg`); if(i%100000===0) peak=Math.max(peak,process.memoryUsage().rss); }
console.log(s.size, Date.now()-t,'ms', Math.round(peak/2**20),'MiB rss', Math.round(process.memoryUsage().arrayBuffers/2**20)); t=Date.now(); let dup=0;
for (let i=0;i<n;i+=10) if(!s.add(`data/some/folder/file-${i}.jpg`)) dup++; console.log(dup, Date.now()-t);
