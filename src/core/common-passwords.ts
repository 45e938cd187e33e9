/** Words that people choose most often, in lower case and without what they add at the ends (digits and signs). */
export const commonWords: ReadonlySet<string> = new Set(
  `password passwort passwd passphrase parola senha contrasena motdepasse secret geheim default changeme changeit letmein welcome willkommen
  bienvenue hello hallo login signin admin administrator root user guest test testtest tester testing demo example sample temp temporary master superuser supervisor
  qwerty qwertyuiop qwertz qwertzuiop azerty azertyuiop asdfgh asdfghjkl yxcvbnm zxcvbnm qazwsx qazwsxedc qweasdzxc asdasd qweqwe zaqwsx poiuytrewq lkjhgfdsa mnbvcxz
  abcdef abcdefgh abcdefghij aaaaaa iloveyou iloveu lovely loveme love princess prinzessin sunshine sonnenschein dragon monkey shadow football fussball baseball basketball soccer
  hockey superman batman spiderman pokemon starwars trustno whatever freedom computer internet michael jennifer jordan daniel thomas andrew jessica ashley charlie
  robert matthew joshua michelle nicole hunter killer buster tigger ginger pepper cookie flower summer winter spring autumn sommer herbst frühling monday friday january
  august september october november december cheese chocolate banana orange purple silver golden diamond mustang ferrari mercedes corvette yamaha harley liverpool arsenal chelsea
  barcelona juventus google facebook linkedin microsoft windows samsung android iphone minecraft jupyter jupyterhub jupyterlab notebook python orrery science
  scientist student students teacher school schule university classroom course training workshop mypassword yourpassword mypass newpassword oldpassword nopassword secure security
  access system server network database oracle postgres postgresql mysql docker kubernetes linux ubuntu debian`
    .split(/\s+/)
    .filter((word) => word !== ''),
)
