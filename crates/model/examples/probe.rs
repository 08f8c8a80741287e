#![allow(warnings)]
use model::*;
use std::io::Read;
fn main(){
 let text=std::fs::read_to_string("/tmp/hill.csv").unwrap();
 let mut lines=text.lines(); let names:Vec<String>=lines.next().unwrap().split(',').map(|s|s.to_string()).collect();
 let rows:Vec<Vec<String>>=lines.map(|l|l.split(',').map(|s|s.to_string()).collect()).collect();
 for arm in ["Womens E-Mail","Mens E-Mail"]{
  for test in [false,true]{let _=test;}
  let seg=names.iter().position(|n|n=="segment").unwrap();
  let pick=|is_test:bool|{
   let keep:Vec<&Vec<String>>=rows.iter().enumerate().filter(|(i,r)|(i%10>=7)==is_test && (r[seg]==arm||r[seg]=="No E-Mail")).map(|x|x.1).collect();
   let cols:Vec<Vec<String>>=(0..names.len()).map(|c|keep.iter().map(|r|r[c].clone()).collect()).collect();
   let t=encode(&names,&cols,&EncodePlan{label:"visit".into(),drop:vec!["conversion".into(),"spend".into(),"segment".into()],categorical:vec![]}).unwrap();
   Trial::new(t,keep.iter().map(|r|r[seg]==arm).collect()).unwrap()};
  let train=pick(false); let te=pick(true);
  println!("{arm} balance {:?} cols {:?}",train.balance(),train.table().n_columns());
  let s=std::time::Instant::now();
  let c=choose_uplift(&train,200,1).unwrap(); println!("{:?} {:?}",c,s.elapsed());
  let f=FittedUplift::fit(&train,1).unwrap();
  for l in Learner::UPLIFT.into_iter().chain([Learner::Response]){
   let sc:Vec<f64>=(0..te.treated().len()).map(|r|f.score(l,&te.table().row(r))).collect();
   println!("{} test qini {}",l.name(),qini(UpliftScores{scores:&sc,outcomes:te.table().labels(),treated:te.treated()}).unwrap());
  }
 }
 let text=std::fs::read_to_string("/tmp/refs.csv").unwrap();
 let rows:Vec<Vec<f64>>=text.lines().skip(1).map(|l|l.split(',').map(|x|x.parse().unwrap()).collect()).collect();
 for c in 3..9{let s:Vec<f64>=rows.iter().map(|r|r[c]).collect();let t:Vec<bool>=rows.iter().map(|r|r[1]==1.).collect();let y:Vec<bool>=rows.iter().map(|r|r[2]==1.).collect();
  let q=UpliftScores{scores:&s,outcomes:&y,treated:&t}; println!("{} {} {} {}",qini(q).unwrap(),auuc(q).unwrap(),uplift_at(q,0.3,ShareOf::All).unwrap(),uplift_at(q,0.3,ShareOf::EachArm).unwrap());}
}
