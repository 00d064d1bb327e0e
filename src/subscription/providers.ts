/** Where very many unrelated people have their mailboxes: a domain's limit says nothing about these (DOI-23). */
export const bigProviders: ReadonlySet<string> = new Set(
  `gmail.com googlemail.com outlook.com outlook.de outlook.fr hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it
  hotmail.es live.com live.co.uk live.fr msn.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.ca
  yahoo.co.in yahoo.co.jp yahoo.com.br ymail.com aol.com icloud.com me.com mac.com proton.me protonmail.com pm.me
  fastmail.com zoho.com mail.com gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de arcor.de posteo.de
  mailbox.org orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr libero.it virgilio.it tiscali.it alice.it
  wp.pl o2.pl onet.pl op.pl interia.pl gazeta.pl ukr.net i.ua meta.ua bigmir.net seznam.cz centrum.cz email.cz bluewin.ch
  telenet.be skynet.be ziggo.nl kpnmail.nl hetnet.nl xs4all.nl telia.com comhem.se btinternet.com sky.com virginmedia.com
  ntlworld.com talktalk.net comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net
  rogers.com shaw.ca telus.net bigpond.com optusnet.com.au terra.com.br uol.com.br bol.com.br qq.com 163.com 126.com
  naver.com daum.net hanmail.net rediffmail.com duck.com privaterelay.appleid.com mozmail.com simplelogin.com`.split(
    /\s+/,
  ),
);
