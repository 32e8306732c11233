# Hears callers offline; only where pocketsphinx is.
HEAR_FILES = daemon/hear/grammar.c daemon/hear/grammar.h \
	daemon/hear/jsgf.h \
	daemon/hear/lexicon.c daemon/hear/lexicon.h \
	daemon/hear/piece.c daemon/hear/piece.h \
	daemon/hear/pool.c daemon/hear/pool.h \
	daemon/hear/recogniser.c daemon/hear/recogniser.h \
	daemon/hear/session.c daemon/hear/session.h \
	daemon/hear/spoken.c daemon/hear/spoken.h
HEAR_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(SNDFILE_CFLAGS) $(HEAR_CFLAGS)
HEAR_LIBRARY_LIBS = $(HEAR_LIBS) media/libmedia.a $(LIB_LIBS) $(SNDFILE_LIBS) -lflite_cmulex -lflite -lm
if HEAR
bin_PROGRAMS += bin/offhook-hear
bin_offhook_hear_CPPFLAGS = $(HEAR_CPPFLAGS)
bin_offhook_hear_SOURCES = daemon/hear/main.c $(HEAR_FILES)
bin_offhook_hear_LDADD = $(HEAR_LIBRARY_LIBS)
endif
