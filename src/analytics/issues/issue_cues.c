#include "issue_cues.h"

enum group {
    REASON,   /* "I'm calling about" */
    WANTS,    /* "I would like to" */
    PROBLEM,  /* "broken" */
    ASKS,     /* "how do I" */
    CHAT,     /* greetings, thanks, names */
    DATA,     /* account numbers and the like */
    ANOTHER,  /* "I also need" */
    DONE,     /* "I've refunded" */
    STANDS,   /* "your order is cancelled" */
    AGREED,   /* "let's say Tuesday" */
    PROMISES, /* "I'll send" */
    ASKS_TO,  /* "please bring" */
    COMES,    /* "you'll receive" */
    WHEN,     /* "within two days" */
    HANDLING, /* "I'll put you on hold": talk about the call itself */
};

#define DONE_VERBS                                                                                 \
    "refunded|cancelled|canceled|updated|changed|processed|issued|credited|reset|booked|"          \
    "scheduled|rescheduled|upgraded|downgraded|removed|waived|applied|added|activated|"            \
    "deactivated|blocked|unblocked|unlocked|locked|replaced|ordered|reordered|submitted|opened|"   \
    "reopened|created|confirmed|corrected|adjusted|fixed|resolved|transferred|extended|restored|"  \
    "reversed|filed|logged|registered|moved|closed|enrolled|switched|placed|sent|resent|set|put|"  \
    "arranged|reserved|approved|renewed|made|assigned|passed|forwarded|escalated|stopped|paused|"  \
    "frozen|reinstated|deleted|merged|linked|reported|raised|noted|signed|taken|turned|shipped|"   \
    "dispatched|granted|given|reduced|lowered|resubmitted|redone|rebooked"

#define DO_VERBS                                                                                   \
    "send|resend|call|email|mail|post|ship|text|forward|follow|arrange|schedule|contact|update|"   \
    "bring|deliver|drop|come|visit|reach|get|make|let|transfer|process|credit|refund|pass|drop|"   \
    "investigate|review|replace|fix|repair|pick|stop|give|write|order|book|file|issue|submit|"     \
    "escalate|notify|inform|pay|return|measure|prepare|release"

static const struct st_cue cues[] = {
    {REASON, "calling|phoning|ringing|here|contacting|writing|called|call ... because|about|"
             "regarding|concerning|since"},
    {REASON, "calling|phoning|ringing|here|calling ?in to|for|with"},
    {REASON, "reason ... call|calling|called|phoning"},
    {ASKS, "got|received ?a|an|your letter|text|email|bill|message|call"},
    {REASON, "i have ?got|had a|an|this|some question|problem|issue|complaint"},

    {WANTS, "i|we ?just|really|actually|also|only|still want|wanted|need|needed|wish"},
    {WANTS, "i|we would ?really|just|also like|love|prefer"},
    {WANTS, "trying|hoping|looking|thinking|planning|going to|about|for"},
    {WANTS, "wondering|interested|thinking if|whether|in|how|about|what"},
    {WANTS, "i|we am|are|was|were ?just wondering"},
    {WANTS, "i|we have to|been trying"},

    {PROBLEM, "problem*|issue|issues|error*|trouble*|complain*"},
    {PROBLEM, "broke*|damaged|defective|faulty|cracked|leak*|crash*|jam|jams|jammed|freez*|frozen"},
    {PROBLEM, "lost|stolen|missing|hacked|fraud*|scam*|suspicious|unauthorized"},
    {PROBLEM, "charged|overcharged|billed|overbilled|refund*|cancel*|dispute*"},
    {PROBLEM, "wrong|incorrect|mistake*|twice|late|delay*|stuck|denied|declined|rejected|expired"},
    {PROBLEM, "fail*|unable|stopped|keeps|kept|dead|down|outage|slow|noise|noisy|loud"},
    {PROBLEM, "can|could|will|would|does|do|did not ?even ?seem work|open|start|turn|connect|load|"
              "log|get|find|use|see|sleep|reach|pay|print|access|show|come|arrive|receive|let|"
              "make|recognize|recognise|understand|hear"},
    {PROBLEM, "not ?been ?working|come|arrived|received|seen|gotten|paid|heard|delivered|shown"},
    {PROBLEM, "never received|came|got|arrived|heard|showed|called"},
    {PROBLEM, "still|yet not|no|nothing|waiting"},
    {PROBLEM, "have|has|still|is|are|was|were not ?yet"},
    {PROBLEM, "running|run|ran out of"},
    {PROBLEM, "supposed to"},
    {PROBLEM, "hurt*|pain*|sick|allergic|bleed*"},
    {PROBLEM, "too high|much|expensive|slow|loud"},
    {PROBLEM, "twice|double what|the|charged"},
    {PROBLEM, "left|forgot my|our"},
    {PROBLEM, "accidentally|by ?accident|mistake"},
    {PROBLEM, "i|we owe"},
    {PROBLEM, "hit my|our|me"},

    {ASKS, "can|could|would|will you ?please|also|maybe change|check|cancel|help|tell|send|book|"
           "transfer|look|give|explain|move|fix|replace|refund|reset|update|make|add|remove"},
    {ASKS, "how do|can|would|could i|we"},
    {ASKS, "how|what much|would|is|it ... cost"},
    {ASKS, "is|are there any|a|some way|chance|possibility|option"},
    {ASKS,
     "i|we|to ?want|need|like ?to know|ask|check|change|cancel|book|order|transfer|update|"
     "return|exchange|renew|upgrade|move|make|file|report|buy|pay|open|close|schedule|reschedule|"
     "speak|talk|replace|add|remove|activate|find"},

    {CHAT, "thank|thanks|welcome|goodbye|bye|cheers|congratulations"},
    {CHAT, "^ hi|hello|hey"},
    {CHAT, "good morning|afternoon|evening|night"},
    {CHAT, "my name is|was"},
    {CHAT, "^ this is ... $"},
    {CHAT, "that is all|everything|fine|it|great|good|perfect|okay|ok|right|nice|kind|ridiculous"},
    {CHAT, "have a good|great|nice|lovely"},
    {CHAT, "how are you"},
    {CHAT, "i|we appreciate"},
    {CHAT, "am i talking|speaking"},
    {CHAT, "you can|could help me $"},
    {CHAT, "i will wait|do|try|keep|be"},
    {CHAT, "let me try|see|check|think"},
    {CHAT, "sounds good|great|fine"},

    {DATA, "account|order|policy|tracking|phone|card|reference|booking|confirmation|claim|"
           "member|customer number|id is|ends|starts"},
    {DATA, "date of birth"},
    {DATA, "it starts|ends with"},
    {DATA, "it is under|on|in my|the"},
    {DATA, "my address|email|zip|number|phone is"},

    {ANOTHER, "i|we also"},
    {ANOTHER, "another|other|second thing|question|problem|issue|request"},
    {ANOTHER, "one more"},
    {ANOTHER, "while i have you"},
    {ANOTHER, "^ also"},

    {DONE, "i|we have ?just|already|now|also|successfully|gone|got|had ?ahead ?and " DONE_VERBS},
    {DONE, "i|we|he|she|they just|also|already|now " DONE_VERBS},
    {DONE, "i|we have got|had ... " DONE_VERBS},
    {DONE, "went ahead and"},
    {DONE, "i|we have ?just|already|now|also *ed"},
    {DONE, "i|we have ?just|already|now|also put|set|made|given|sent|taken|found|got|switched"},
    {DONE, "i|we am|are ?now|just|also giving|issuing|adding|crediting|cancelling|canceling|"
           "closing|opening|moving|changing|booking|removing|waiving|refunding|blocking"},
    {DONE, "i|we ?will put you in|down"},
    {DONE, "^ done"},
    {DONE, "i|we have you down|booked|set|scheduled|confirmed"},
    {DONE, "he|she|they have|has ?just|already found|fixed|" DONE_VERBS},
    {DONE, "he|she|they is found|fixed|" DONE_VERBS},

    {STANDS, "has|have ?now ?just|already|also been ?successfully " DONE_VERBS},
    {STANDS,
     "was|were ?just|already refunded|issued|credited|cancelled|canceled|reversed|processed"},
    {STANDS, "is|are now " DONE_VERBS},
    {STANDS, "is|are now all|up|fixed|active|working|complete|set|valid|live|back|free|two|down"},
    {STANDS, "you are ?now|all set|booked|confirmed|scheduled|enrolled|registered|covered"},
    {STANDS, "is|are ?now|all cancelled|canceled|confirmed|booked|refunded|approved|activated|"
             "blocked|unlocked|closed|paid|scheduled|reserved|resolved"},
    {STANDS, "up to date now"},
    {STANDS, "it|that|this|bill|order|card|account is ?now|all void|active|fixed|done|ready|gone|"
             "cleared|valid|free"},
    {STANDS, "plan|account|order|everything is ?all set up"},
    {STANDS, "will not be any ?more"},
    {STANDS, "works i|we"},
    {STANDS, "found it|them|your"},
    {STANDS, "handed it in"},
    {STANDS, "new|remaining|current balance|bill|total|payment|price|rate is ?now"},
    {STANDS, "is all set|done|sorted|fixed"},

    {AGREED, "^ let us say|do|go|make|plan"},
    {AGREED, "so that is|will|would ?be ... on|at|for"},
    {AGREED, "we will ?... again|free|no|replace|waive|refund|cover ?right ?now ?of ?charge"},
    {AGREED, "free of charge|cost"},
    {AGREED, "no ?extra ?additional charge|fee|cost"},
    {AGREED, "i|we can offer|waive"},
    {AGREED, "we ?have agreed"},

    {PROMISES,
     "i|we|he|she|they|somebody|someone|driver|courier|adjuster|engineer|engineers|"
     "technician|specialist|manager|supervisor|colleague|team|surveyor|agent|doctor|"
     "department|office|facilities will ?be ?also|then|now|personally|immediately " DO_VERBS},
    {PROMISES, "will|is|are going to " DO_VERBS},
    {PROMISES, "is|are going to ... send|call|email|contact|come"},
    {PROMISES, "will be delivered|sent|shipped|mailed|in|there|back|ready|with|processed|refunded|"
               "credited|calling|sending|contacting"},
    {PROMISES, "will|would ?be ?able ?to " DO_VERBS " ?you ?back ?... you|up|by|off|back|in"},
    {PROMISES, "someone|somebody|technician|engineer|adjuster|colleague ?from ?... will"},
    {PROMISES, "they|we are releasing|sending|shipping|delivering|replacing"},
    {PROMISES, "make sure that"},

    {ASKS_TO,
     "please ?also|just|then|make|be ?sure ?to bring|send|call|keep|fill|sign|return|restart|"
     "upload|reply|check|use|take|have|update|download|go|let|contact|email|install|"
     "try|complete|provide|visit|wait|do|watch|come|write"},
    {ASKS_TO, "make|be sure to|you|that"},
    {ASKS_TO, "you ?will|just|only|still need|have|must ?to"},
    {ASKS_TO, "you do not have|need to"},
    {ASKS_TO, "you should ?also bring|call|keep|check|send|try"},
    {ASKS_TO, "^ bring|send|keep|wait|upload|write|call|restart|check|fill|sign|use|take|give|"
              "contact|reply|collect|pick|download|try|make|leave|return|come|ask|remember"},
    {ASKS_TO, "^ do not"},
    {ASKS_TO, "^ if ... wait|write|call|try|send|let|give|ask|contact|restart|check|come|tell"},
    {ASKS_TO, "^ if ... ... wait|write|call|try|send|let|give|ask|contact|restart|check|come|tell"},
    {ASKS_TO, "please do not"},
    {ASKS_TO, "let me|us know"},
    {ASKS_TO, "you can ?also|then collect|pick|find|come|use|download|drop|return"},
    {ASKS_TO, "bring|send|have ... ready|along|id|receipt"},
    {ASKS_TO, "we need it|them|that|you|your ... back|by|before|to"},
    {ASKS_TO, "don't|not forget to"},

    {COMES, "you will ?also|then receive|get|hear|see|have|find"},
    {COMES, "you should ?also ?be receive|get|see|hear|have|receiving"},
    {COMES, "expect ... call|email|delivery|letter|package|refund|message"},
    {COMES, "will reach|arrive|go|come|show|appear|follow"},
    {COMES, "you get|have a|an|the|your ... by|within|in|tomorrow|tonight"},
    {COMES, "goes|go|going out to you|to"},
    {COMES, "takes|brings|comes|delivers ... on|tomorrow|monday|tuesday|wednesday|thursday|friday"},
    {COMES, "i|we am|are sending|mailing|shipping|emailing|posting|texting|forwarding"},
    {COMES, "is|are going to restart|update|arrive|come|happen|start|be"},
    {COMES, "replacement|card|refund|money|amount|package|letter|parcel|credit|documents will"},

    {WHEN, "within|in|by|before|after|until|on ... hour|hours|day|days|week|weeks|minutes|noon|"
           "tomorrow|today|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|lunch|"
           "morning|afternoon|evening|month|end"},
    {WHEN, "tomorrow|today|tonight|shortly|soon"},
    {WHEN, "this|next|every week|month|afternoon|morning|evening|time"},

    {HANDLING, "put|putting|place|placing you ... hold"},
    {HANDLING, "happy|glad|pleased|able to help|assist"},
    {HANDLING, "bear with me"},
    {HANDLING, "let me ?just|quickly see|check|look|pull|run|get|find|take|try|ask"},
    {HANDLING, "i will ?just ?have|need|be ?to check|look|ask|see|certainly|try|verify|happy"},
    {HANDLING, "check|look that|it|into for|up|that|this"},
    {HANDLING, "moment|second please"},
    {HANDLING, "can|may|could i ?please|also have|get|ask|take"},
    {HANDLING, "i need|have your|to ask"},
    {HANDLING, "call ?may|will|is be|being recorded"},
    {HANDLING, "you have|are ?been reached|talking|speaking"},
    {HANDLING, "anything else"},
    {HANDLING,
     "i|we have ?just|already checked|looked|searched|noticed|asked|pulled|received|listened|"
     "reviewed|called|tried|waited|talked|missed|used|worked|needed|helped|wanted|lived"},
};

static const struct {
    enum group group;
    enum st_issue_kind kind;
    double points;
} weights[] = {
    {REASON, ST_ISSUE_ISSUE, 3},         {WANTS, ST_ISSUE_ISSUE, 2},
    {PROBLEM, ST_ISSUE_ISSUE, 2},        {ASKS, ST_ISSUE_ISSUE, 1},
    {CHAT, ST_ISSUE_ISSUE, -3},          {DATA, ST_ISSUE_ISSUE, -2},
    {DONE, ST_ISSUE_OUTCOME, 2},         {STANDS, ST_ISSUE_OUTCOME, 2},
    {AGREED, ST_ISSUE_OUTCOME, 2},       {HANDLING, ST_ISSUE_OUTCOME, -2},
    {PROMISES, ST_ISSUE_ACTION_ITEM, 2}, {ASKS_TO, ST_ISSUE_ACTION_ITEM, 2},
    {COMES, ST_ISSUE_ACTION_ITEM, 2},    {HANDLING, ST_ISSUE_ACTION_ITEM, -3},
};

enum { WHEN_POINTS = 1, SHORT_WORDS = 4, SHORT_POINTS = -2 };

struct st_cue_set *st_issue_cues_create(void)
{
    return st_cue_set_create(cues, sizeof(cues) / sizeof(cues[0]));
}

void st_issue_cues_weigh(const struct st_cue_set *set, const char *text, size_t bytes,
                         bool is_question, struct st_issue_points *ret_points)
{
    struct st_cue_words words;
    struct st_issue_points points = {0};
    st_cue_words_read(&words, text, bytes);
    uint32_t found = st_cue_set_find(set, &words);
    for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
        if (found >> weights[i].group & 1)
            points.of[weights[i].kind] += weights[i].points;
    if (found >> WHEN & 1 && points.of[ST_ISSUE_ACTION_ITEM] > 0)
        points.of[ST_ISSUE_ACTION_ITEM] += WHEN_POINTS;
    if (words.count < SHORT_WORDS)
        points.of[ST_ISSUE_ISSUE] += SHORT_POINTS;
    if (is_question || words.count < SHORT_WORDS)
        points.of[ST_ISSUE_OUTCOME] = points.of[ST_ISSUE_ACTION_ITEM] = 0;
    points.is_another = found >> ANOTHER & 1;
    *ret_points = points;
}
