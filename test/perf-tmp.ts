import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'node:inspector';
import { synthesizeForTest, TestCloud } from '/work/wt/slot/test/support/cloud';
const N=Number(process.argv[2]??6000), B=Number(process.argv[3]??50), W=Number(process.argv[4]??2), S=process.argv[5]??'2';
(async()=>{
 const stack=await synthesizeForTest({ BATCH_PROCESSOR:'checksum', BATCH_SLOTS_PER_WORKER:S});
 const bucketFolder=mkdtempSync(join(tmpdir(),'perfb-'));
 const cloud=await TestCloud.start(stack.stackFolder,{bucketFolder});
 mkdirSync(join(bucketFolder,'data'));
 for(let i=0;i<N;i++){const name=`${String(i).padStart(6,'0')}.txt`;writeFileSync(join(bucketFolder,'data',name),`${name} `.repeat(18));}
 const s=new Session();s.connect();
 if(process.env.PROF){s.post('Profiler.enable');s.post('Profiler.setSamplingInterval',{interval:500});s.post('Profiler.start');}
 const before=process.cpuUsage();
 let last:any[]=[];
 const cpu=()=>{const r:any={};for(const p of cloud.processes()){try{const f=readFileSync(`/proc/${p.pid}/stat`,'utf8').replace(/^.*\) /s,'').split(' ');const c=readFileSync(`/proc/${p.pid}/cmdline`,'utf8').split('\0').find(x=>x.endsWith('.js'))?.split('/').pop();r[`${p.pid} ${c}`]=(Number(f[11])+Number(f[12]))/100;}catch{}}return r;};
 const ex=await cloud.begin({worker_count:W,prefix:'data/',batch_size:B} as any);
 let max:any={};const t=setInterval(()=>{const c=cpu();for(const k in c)max[k]=c[k];},200);
 const {results}=await cloud.end(ex);clearInterval(t);
 const u=process.cpuUsage(before);
 if(process.env.PROF)await new Promise<void>(r=>s.post('Profiler.stop',(e,p)=>{writeFileSync(`/tmp/perf/cloud.cpuprofile`,JSON.stringify(p!.profile));r();}));
 const at=(m:string)=>cloud.lines.filter(l=>l.message===m).map(({timestamp})=>Date.parse(String(timestamp)));
 const done=at('S3 object processed successfully').sort((a,b)=>a-b);
 const t0=Math.min(...at('Processing task'));
 const sec=(Math.max(...at('Task completed'))-t0)/1000;
 const half=done.slice(Math.floor(N/3));
 console.log(JSON.stringify({ok:results.succeeded,sec,rate:N/sec,steady:half.length/((half[half.length-1]-half[0])/1000),first:(done[0]-t0)/1000,cloudCpuPer1000:(u.user+u.system)/1e3/N, sum:(Object.values(max) as number[]).reduce((a,b)=>a+b,0)/N*1000,max}));
 await cloud.close();await stack.remove();rmSync(bucketFolder,{recursive:true,force:true});process.exit(0);
})();
