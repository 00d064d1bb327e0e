-- Which mailbox a mail goes to that a stranger may have asked for: mails to one leave apart, by when they really left.

alter table notices add column mailbox text;
create index notices_mailbox on notices (mailbox) where mailbox is not null;
