// The templates as text modules, since Workers have no disk. test/worker/templates.test.ts compares the list with the folder.
// Written by: node build/worker-templates.ts
import embedElementHtml from "../../templates/embed/element.html.liquid";
import embedFormHtml from "../../templates/embed/form.html.liquid";
import embedFrameHtml from "../../templates/embed/frame.html.liquid";
import embedStyleHtml from "../../templates/embed/style.html.liquid";
import listsDisposableTxt from "../../templates/lists/disposable.txt";
import localeDeArchiveYaml from "../../templates/locale/de/archive.yaml";
import localeDeCommonYaml from "../../templates/locale/de/common.yaml";
import localeDeConfirmYaml from "../../templates/locale/de/confirm.yaml";
import localeDeEmbedYaml from "../../templates/locale/de/embed.yaml";
import localeDeGuardYaml from "../../templates/locale/de/guard.yaml";
import localeDeHubYaml from "../../templates/locale/de/hub.yaml";
import localeDeLeaveYaml from "../../templates/locale/de/leave.yaml";
import localeDeMailYaml from "../../templates/locale/de/mail.yaml";
import localeDePreferencesYaml from "../../templates/locale/de/preferences.yaml";
import localeDeProblemYaml from "../../templates/locale/de/problem.yaml";
import localeDeSignupYaml from "../../templates/locale/de/signup.yaml";
import localeEnArchiveYaml from "../../templates/locale/en/archive.yaml";
import localeEnCommonYaml from "../../templates/locale/en/common.yaml";
import localeEnConfirmYaml from "../../templates/locale/en/confirm.yaml";
import localeEnEmbedYaml from "../../templates/locale/en/embed.yaml";
import localeEnGuardYaml from "../../templates/locale/en/guard.yaml";
import localeEnHubYaml from "../../templates/locale/en/hub.yaml";
import localeEnLeaveYaml from "../../templates/locale/en/leave.yaml";
import localeEnMailYaml from "../../templates/locale/en/mail.yaml";
import localeEnPreferencesYaml from "../../templates/locale/en/preferences.yaml";
import localeEnProblemYaml from "../../templates/locale/en/problem.yaml";
import localeEnSignupYaml from "../../templates/locale/en/signup.yaml";
import localeEsArchiveYaml from "../../templates/locale/es/archive.yaml";
import localeEsCommonYaml from "../../templates/locale/es/common.yaml";
import localeEsConfirmYaml from "../../templates/locale/es/confirm.yaml";
import localeEsEmbedYaml from "../../templates/locale/es/embed.yaml";
import localeEsGuardYaml from "../../templates/locale/es/guard.yaml";
import localeEsHubYaml from "../../templates/locale/es/hub.yaml";
import localeEsLeaveYaml from "../../templates/locale/es/leave.yaml";
import localeEsMailYaml from "../../templates/locale/es/mail.yaml";
import localeEsPreferencesYaml from "../../templates/locale/es/preferences.yaml";
import localeEsProblemYaml from "../../templates/locale/es/problem.yaml";
import localeEsSignupYaml from "../../templates/locale/es/signup.yaml";
import localeFrArchiveYaml from "../../templates/locale/fr/archive.yaml";
import localeFrCommonYaml from "../../templates/locale/fr/common.yaml";
import localeFrConfirmYaml from "../../templates/locale/fr/confirm.yaml";
import localeFrEmbedYaml from "../../templates/locale/fr/embed.yaml";
import localeFrGuardYaml from "../../templates/locale/fr/guard.yaml";
import localeFrHubYaml from "../../templates/locale/fr/hub.yaml";
import localeFrLeaveYaml from "../../templates/locale/fr/leave.yaml";
import localeFrMailYaml from "../../templates/locale/fr/mail.yaml";
import localeFrPreferencesYaml from "../../templates/locale/fr/preferences.yaml";
import localeFrProblemYaml from "../../templates/locale/fr/problem.yaml";
import localeFrSignupYaml from "../../templates/locale/fr/signup.yaml";
import localeLanguagesYaml from "../../templates/locale/languages.yaml";
import localePlArchiveYaml from "../../templates/locale/pl/archive.yaml";
import localePlCommonYaml from "../../templates/locale/pl/common.yaml";
import localePlConfirmYaml from "../../templates/locale/pl/confirm.yaml";
import localePlEmbedYaml from "../../templates/locale/pl/embed.yaml";
import localePlGuardYaml from "../../templates/locale/pl/guard.yaml";
import localePlHubYaml from "../../templates/locale/pl/hub.yaml";
import localePlLeaveYaml from "../../templates/locale/pl/leave.yaml";
import localePlMailYaml from "../../templates/locale/pl/mail.yaml";
import localePlPreferencesYaml from "../../templates/locale/pl/preferences.yaml";
import localePlProblemYaml from "../../templates/locale/pl/problem.yaml";
import localePlSignupYaml from "../../templates/locale/pl/signup.yaml";
import localeUkArchiveYaml from "../../templates/locale/uk/archive.yaml";
import localeUkCommonYaml from "../../templates/locale/uk/common.yaml";
import localeUkConfirmYaml from "../../templates/locale/uk/confirm.yaml";
import localeUkEmbedYaml from "../../templates/locale/uk/embed.yaml";
import localeUkGuardYaml from "../../templates/locale/uk/guard.yaml";
import localeUkHubYaml from "../../templates/locale/uk/hub.yaml";
import localeUkLeaveYaml from "../../templates/locale/uk/leave.yaml";
import localeUkMailYaml from "../../templates/locale/uk/mail.yaml";
import localeUkPreferencesYaml from "../../templates/locale/uk/preferences.yaml";
import localeUkProblemYaml from "../../templates/locale/uk/problem.yaml";
import localeUkSignupYaml from "../../templates/locale/uk/signup.yaml";
import mailAddressHtml from "../../templates/mail/address.html.liquid";
import mailAddressSubject from "../../templates/mail/address.subject.liquid";
import mailAddressText from "../../templates/mail/address.text.liquid";
import mailAlreadyHtml from "../../templates/mail/already.html.liquid";
import mailAlreadySubject from "../../templates/mail/already.subject.liquid";
import mailAlreadyText from "../../templates/mail/already.text.liquid";
import mailConfirmationHtml from "../../templates/mail/confirmation.html.liquid";
import mailConfirmationSubject from "../../templates/mail/confirmation.subject.liquid";
import mailConfirmationText from "../../templates/mail/confirmation.text.liquid";
import mailIssueHtml from "../../templates/mail/issue.html.liquid";
import mailIssueSubject from "../../templates/mail/issue.subject.liquid";
import mailIssueText from "../../templates/mail/issue.text.liquid";
import mailLinkHtml from "../../templates/mail/link.html.liquid";
import mailLinkSubject from "../../templates/mail/link.subject.liquid";
import mailLinkText from "../../templates/mail/link.text.liquid";
import mailPartialsConfirmButtonHtml from "../../templates/mail/partials/confirm-button.html.liquid";
import mailPartialsConfirmLinkText from "../../templates/mail/partials/confirm-link.text.liquid";
import mailPartialsFooterHtml from "../../templates/mail/partials/footer.html.liquid";
import mailPartialsFooterText from "../../templates/mail/partials/footer.text.liquid";
import mailPartialsHeadHtml from "../../templates/mail/partials/head.html.liquid";
import mailPartialsMastheadHtml from "../../templates/mail/partials/masthead.html.liquid";
import mailPartialsNoticeCloseHtml from "../../templates/mail/partials/notice-close.html.liquid";
import mailPartialsNoticeCloseText from "../../templates/mail/partials/notice-close.text.liquid";
import mailPartialsNoticeOpenHtml from "../../templates/mail/partials/notice-open.html.liquid";
import mailPartialsPreheaderHtml from "../../templates/mail/partials/preheader.html.liquid";
import mailPartialsScreenCss from "../../templates/mail/partials/screen.css.liquid";
import mailPartialsStyleCss from "../../templates/mail/partials/style.css.liquid";
import mailPartialsTime from "../../templates/mail/partials/time.liquid";
import mailPartialsWelcomeLeaveHtml from "../../templates/mail/partials/welcome-leave.html.liquid";
import mailReminderHtml from "../../templates/mail/reminder.html.liquid";
import mailReminderSubject from "../../templates/mail/reminder.subject.liquid";
import mailReminderText from "../../templates/mail/reminder.text.liquid";
import mailTestHtml from "../../templates/mail/test.html.liquid";
import mailTestSubject from "../../templates/mail/test.subject.liquid";
import mailTestText from "../../templates/mail/test.text.liquid";
import mailWelcomeHtml from "../../templates/mail/welcome.html.liquid";
import mailWelcomeSubject from "../../templates/mail/welcome.subject.liquid";
import mailWelcomeText from "../../templates/mail/welcome.text.liquid";
import pageAddressHtml from "../../templates/page/address.html.liquid";
import pageArchiveHtml from "../../templates/page/archive.html.liquid";
import pageBoxesHtml from "../../templates/page/boxes.html.liquid";
import pageCardHtml from "../../templates/page/card.html.liquid";
import pageConfirmHtml from "../../templates/page/confirm.html.liquid";
import pageConfirmedHtml from "../../templates/page/confirmed.html.liquid";
import pageConsentHtml from "../../templates/page/consent.html.liquid";
import pageEmbedHtml from "../../templates/page/embed.html.liquid";
import pageEmbedNoteHtml from "../../templates/page/embed-note.html.liquid";
import pageEraseHtml from "../../templates/page/erase.html.liquid";
import pageExpiredHtml from "../../templates/page/expired.html.liquid";
import pageFeedsHtml from "../../templates/page/feeds.html.liquid";
import pageGoneHtml from "../../templates/page/gone.html.liquid";
import pageGuardHtml from "../../templates/page/guard.html.liquid";
import pageHubHtml from "../../templates/page/hub.html.liquid";
import pageIssueHtml from "../../templates/page/issue.html.liquid";
import pageLayoutHtml from "../../templates/page/layout.html.liquid";
import pageLeaveHtml from "../../templates/page/leave.html.liquid";
import pageLeftHtml from "../../templates/page/left.html.liquid";
import pageLinkHtml from "../../templates/page/link.html.liquid";
import pageMailHtml from "../../templates/page/mail.html.liquid";
import pageMoveHtml from "../../templates/page/move.html.liquid";
import pageNewsletterHtml from "../../templates/page/newsletter.html.liquid";
import pageNotMeHtml from "../../templates/page/not-me.html.liquid";
import pageOthersHtml from "../../templates/page/others.html.liquid";
import pageOutboxHtml from "../../templates/page/outbox.html.liquid";
import pagePassedOnHtml from "../../templates/page/passed-on.html.liquid";
import pagePreferencesHtml from "../../templates/page/preferences.html.liquid";
import pageProblemHtml from "../../templates/page/problem.html.liquid";
import pageThanksHtml from "../../templates/page/thanks.html.liquid";
import pageUnknownHtml from "../../templates/page/unknown.html.liquid";
import pageWhyHtml from "../../templates/page/why.html.liquid";

/** The built-in templates by their path in the templates folder. */
export const templates: Readonly<Record<string, string>> = {
  "embed/element.html.liquid": embedElementHtml,
  "embed/form.html.liquid": embedFormHtml,
  "embed/frame.html.liquid": embedFrameHtml,
  "embed/style.html.liquid": embedStyleHtml,
  "lists/disposable.txt": listsDisposableTxt,
  "locale/de/archive.yaml": localeDeArchiveYaml,
  "locale/de/common.yaml": localeDeCommonYaml,
  "locale/de/confirm.yaml": localeDeConfirmYaml,
  "locale/de/embed.yaml": localeDeEmbedYaml,
  "locale/de/guard.yaml": localeDeGuardYaml,
  "locale/de/hub.yaml": localeDeHubYaml,
  "locale/de/leave.yaml": localeDeLeaveYaml,
  "locale/de/mail.yaml": localeDeMailYaml,
  "locale/de/preferences.yaml": localeDePreferencesYaml,
  "locale/de/problem.yaml": localeDeProblemYaml,
  "locale/de/signup.yaml": localeDeSignupYaml,
  "locale/en/archive.yaml": localeEnArchiveYaml,
  "locale/en/common.yaml": localeEnCommonYaml,
  "locale/en/confirm.yaml": localeEnConfirmYaml,
  "locale/en/embed.yaml": localeEnEmbedYaml,
  "locale/en/guard.yaml": localeEnGuardYaml,
  "locale/en/hub.yaml": localeEnHubYaml,
  "locale/en/leave.yaml": localeEnLeaveYaml,
  "locale/en/mail.yaml": localeEnMailYaml,
  "locale/en/preferences.yaml": localeEnPreferencesYaml,
  "locale/en/problem.yaml": localeEnProblemYaml,
  "locale/en/signup.yaml": localeEnSignupYaml,
  "locale/es/archive.yaml": localeEsArchiveYaml,
  "locale/es/common.yaml": localeEsCommonYaml,
  "locale/es/confirm.yaml": localeEsConfirmYaml,
  "locale/es/embed.yaml": localeEsEmbedYaml,
  "locale/es/guard.yaml": localeEsGuardYaml,
  "locale/es/hub.yaml": localeEsHubYaml,
  "locale/es/leave.yaml": localeEsLeaveYaml,
  "locale/es/mail.yaml": localeEsMailYaml,
  "locale/es/preferences.yaml": localeEsPreferencesYaml,
  "locale/es/problem.yaml": localeEsProblemYaml,
  "locale/es/signup.yaml": localeEsSignupYaml,
  "locale/fr/archive.yaml": localeFrArchiveYaml,
  "locale/fr/common.yaml": localeFrCommonYaml,
  "locale/fr/confirm.yaml": localeFrConfirmYaml,
  "locale/fr/embed.yaml": localeFrEmbedYaml,
  "locale/fr/guard.yaml": localeFrGuardYaml,
  "locale/fr/hub.yaml": localeFrHubYaml,
  "locale/fr/leave.yaml": localeFrLeaveYaml,
  "locale/fr/mail.yaml": localeFrMailYaml,
  "locale/fr/preferences.yaml": localeFrPreferencesYaml,
  "locale/fr/problem.yaml": localeFrProblemYaml,
  "locale/fr/signup.yaml": localeFrSignupYaml,
  "locale/languages.yaml": localeLanguagesYaml,
  "locale/pl/archive.yaml": localePlArchiveYaml,
  "locale/pl/common.yaml": localePlCommonYaml,
  "locale/pl/confirm.yaml": localePlConfirmYaml,
  "locale/pl/embed.yaml": localePlEmbedYaml,
  "locale/pl/guard.yaml": localePlGuardYaml,
  "locale/pl/hub.yaml": localePlHubYaml,
  "locale/pl/leave.yaml": localePlLeaveYaml,
  "locale/pl/mail.yaml": localePlMailYaml,
  "locale/pl/preferences.yaml": localePlPreferencesYaml,
  "locale/pl/problem.yaml": localePlProblemYaml,
  "locale/pl/signup.yaml": localePlSignupYaml,
  "locale/uk/archive.yaml": localeUkArchiveYaml,
  "locale/uk/common.yaml": localeUkCommonYaml,
  "locale/uk/confirm.yaml": localeUkConfirmYaml,
  "locale/uk/embed.yaml": localeUkEmbedYaml,
  "locale/uk/guard.yaml": localeUkGuardYaml,
  "locale/uk/hub.yaml": localeUkHubYaml,
  "locale/uk/leave.yaml": localeUkLeaveYaml,
  "locale/uk/mail.yaml": localeUkMailYaml,
  "locale/uk/preferences.yaml": localeUkPreferencesYaml,
  "locale/uk/problem.yaml": localeUkProblemYaml,
  "locale/uk/signup.yaml": localeUkSignupYaml,
  "mail/address.html.liquid": mailAddressHtml,
  "mail/address.subject.liquid": mailAddressSubject,
  "mail/address.text.liquid": mailAddressText,
  "mail/already.html.liquid": mailAlreadyHtml,
  "mail/already.subject.liquid": mailAlreadySubject,
  "mail/already.text.liquid": mailAlreadyText,
  "mail/confirmation.html.liquid": mailConfirmationHtml,
  "mail/confirmation.subject.liquid": mailConfirmationSubject,
  "mail/confirmation.text.liquid": mailConfirmationText,
  "mail/issue.html.liquid": mailIssueHtml,
  "mail/issue.subject.liquid": mailIssueSubject,
  "mail/issue.text.liquid": mailIssueText,
  "mail/link.html.liquid": mailLinkHtml,
  "mail/link.subject.liquid": mailLinkSubject,
  "mail/link.text.liquid": mailLinkText,
  "mail/partials/confirm-button.html.liquid": mailPartialsConfirmButtonHtml,
  "mail/partials/confirm-link.text.liquid": mailPartialsConfirmLinkText,
  "mail/partials/footer.html.liquid": mailPartialsFooterHtml,
  "mail/partials/footer.text.liquid": mailPartialsFooterText,
  "mail/partials/head.html.liquid": mailPartialsHeadHtml,
  "mail/partials/masthead.html.liquid": mailPartialsMastheadHtml,
  "mail/partials/notice-close.html.liquid": mailPartialsNoticeCloseHtml,
  "mail/partials/notice-close.text.liquid": mailPartialsNoticeCloseText,
  "mail/partials/notice-open.html.liquid": mailPartialsNoticeOpenHtml,
  "mail/partials/preheader.html.liquid": mailPartialsPreheaderHtml,
  "mail/partials/screen.css.liquid": mailPartialsScreenCss,
  "mail/partials/style.css.liquid": mailPartialsStyleCss,
  "mail/partials/time.liquid": mailPartialsTime,
  "mail/partials/welcome-leave.html.liquid": mailPartialsWelcomeLeaveHtml,
  "mail/reminder.html.liquid": mailReminderHtml,
  "mail/reminder.subject.liquid": mailReminderSubject,
  "mail/reminder.text.liquid": mailReminderText,
  "mail/test.html.liquid": mailTestHtml,
  "mail/test.subject.liquid": mailTestSubject,
  "mail/test.text.liquid": mailTestText,
  "mail/welcome.html.liquid": mailWelcomeHtml,
  "mail/welcome.subject.liquid": mailWelcomeSubject,
  "mail/welcome.text.liquid": mailWelcomeText,
  "page/address.html.liquid": pageAddressHtml,
  "page/archive.html.liquid": pageArchiveHtml,
  "page/boxes.html.liquid": pageBoxesHtml,
  "page/card.html.liquid": pageCardHtml,
  "page/confirm.html.liquid": pageConfirmHtml,
  "page/confirmed.html.liquid": pageConfirmedHtml,
  "page/consent.html.liquid": pageConsentHtml,
  "page/embed-note.html.liquid": pageEmbedNoteHtml,
  "page/embed.html.liquid": pageEmbedHtml,
  "page/erase.html.liquid": pageEraseHtml,
  "page/expired.html.liquid": pageExpiredHtml,
  "page/feeds.html.liquid": pageFeedsHtml,
  "page/gone.html.liquid": pageGoneHtml,
  "page/guard.html.liquid": pageGuardHtml,
  "page/hub.html.liquid": pageHubHtml,
  "page/issue.html.liquid": pageIssueHtml,
  "page/layout.html.liquid": pageLayoutHtml,
  "page/leave.html.liquid": pageLeaveHtml,
  "page/left.html.liquid": pageLeftHtml,
  "page/link.html.liquid": pageLinkHtml,
  "page/mail.html.liquid": pageMailHtml,
  "page/move.html.liquid": pageMoveHtml,
  "page/newsletter.html.liquid": pageNewsletterHtml,
  "page/not-me.html.liquid": pageNotMeHtml,
  "page/others.html.liquid": pageOthersHtml,
  "page/outbox.html.liquid": pageOutboxHtml,
  "page/passed-on.html.liquid": pagePassedOnHtml,
  "page/preferences.html.liquid": pagePreferencesHtml,
  "page/problem.html.liquid": pageProblemHtml,
  "page/thanks.html.liquid": pageThanksHtml,
  "page/unknown.html.liquid": pageUnknownHtml,
  "page/why.html.liquid": pageWhyHtml,
};
