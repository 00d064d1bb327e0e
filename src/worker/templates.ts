// The templates as text modules, since Workers have no disk. test/worker/templates.test.ts compares the list with the folder.
import mailAlreadyHtml from "../../templates/mail/already.html.liquid";
import mailAlreadySubject from "../../templates/mail/already.subject.liquid";
import mailAlreadyText from "../../templates/mail/already.text.liquid";
import mailConfirmationHtml from "../../templates/mail/confirmation.html.liquid";
import mailConfirmationSubject from "../../templates/mail/confirmation.subject.liquid";
import mailConfirmationText from "../../templates/mail/confirmation.text.liquid";
import mailIssueHtml from "../../templates/mail/issue.html.liquid";
import mailIssueSubject from "../../templates/mail/issue.subject.liquid";
import mailIssueText from "../../templates/mail/issue.text.liquid";
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
import mailPartialsWelcomeLeaveHtml from "../../templates/mail/partials/welcome-leave.html.liquid";
import mailTestHtml from "../../templates/mail/test.html.liquid";
import mailTestSubject from "../../templates/mail/test.subject.liquid";
import mailTestText from "../../templates/mail/test.text.liquid";
import mailWelcomeHtml from "../../templates/mail/welcome.html.liquid";
import mailWelcomeSubject from "../../templates/mail/welcome.subject.liquid";
import mailWelcomeText from "../../templates/mail/welcome.text.liquid";
import pageAddressHtml from "../../templates/page/address.html.liquid";
import pageBoxesHtml from "../../templates/page/boxes.html.liquid";
import pageCardHtml from "../../templates/page/card.html.liquid";
import pageConfirmHtml from "../../templates/page/confirm.html.liquid";
import pageConfirmedHtml from "../../templates/page/confirmed.html.liquid";
import pageConsentHtml from "../../templates/page/consent.html.liquid";
import pageExpiredHtml from "../../templates/page/expired.html.liquid";
import pageHubHtml from "../../templates/page/hub.html.liquid";
import pageIssueHtml from "../../templates/page/issue.html.liquid";
import pageLayoutHtml from "../../templates/page/layout.html.liquid";
import pageLeaveHtml from "../../templates/page/leave.html.liquid";
import pageLeftHtml from "../../templates/page/left.html.liquid";
import pageMailHtml from "../../templates/page/mail.html.liquid";
import pageNewsletterHtml from "../../templates/page/newsletter.html.liquid";
import pageOutboxHtml from "../../templates/page/outbox.html.liquid";
import pagePreferencesHtml from "../../templates/page/preferences.html.liquid";
import pageProblemHtml from "../../templates/page/problem.html.liquid";
import pageThanksHtml from "../../templates/page/thanks.html.liquid";
import pageUnknownHtml from "../../templates/page/unknown.html.liquid";

/** The built-in templates by their path in the templates folder. */
export const templates: Readonly<Record<string, string>> = {
  "mail/already.html.liquid": mailAlreadyHtml,
  "mail/already.subject.liquid": mailAlreadySubject,
  "mail/already.text.liquid": mailAlreadyText,
  "mail/confirmation.html.liquid": mailConfirmationHtml,
  "mail/confirmation.subject.liquid": mailConfirmationSubject,
  "mail/confirmation.text.liquid": mailConfirmationText,
  "mail/issue.html.liquid": mailIssueHtml,
  "mail/issue.subject.liquid": mailIssueSubject,
  "mail/issue.text.liquid": mailIssueText,
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
  "mail/partials/welcome-leave.html.liquid": mailPartialsWelcomeLeaveHtml,
  "mail/test.html.liquid": mailTestHtml,
  "mail/test.subject.liquid": mailTestSubject,
  "mail/test.text.liquid": mailTestText,
  "mail/welcome.html.liquid": mailWelcomeHtml,
  "mail/welcome.subject.liquid": mailWelcomeSubject,
  "mail/welcome.text.liquid": mailWelcomeText,
  "page/address.html.liquid": pageAddressHtml,
  "page/boxes.html.liquid": pageBoxesHtml,
  "page/card.html.liquid": pageCardHtml,
  "page/confirm.html.liquid": pageConfirmHtml,
  "page/confirmed.html.liquid": pageConfirmedHtml,
  "page/consent.html.liquid": pageConsentHtml,
  "page/expired.html.liquid": pageExpiredHtml,
  "page/hub.html.liquid": pageHubHtml,
  "page/issue.html.liquid": pageIssueHtml,
  "page/layout.html.liquid": pageLayoutHtml,
  "page/leave.html.liquid": pageLeaveHtml,
  "page/left.html.liquid": pageLeftHtml,
  "page/mail.html.liquid": pageMailHtml,
  "page/newsletter.html.liquid": pageNewsletterHtml,
  "page/outbox.html.liquid": pageOutboxHtml,
  "page/preferences.html.liquid": pagePreferencesHtml,
  "page/problem.html.liquid": pageProblemHtml,
  "page/thanks.html.liquid": pageThanksHtml,
  "page/unknown.html.liquid": pageUnknownHtml,
};
