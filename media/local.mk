noinst_LIBRARIES += media/libmedia.a
media_libmedia_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(MEDIA_CFLAGS)
media_libmedia_a_SOURCES = \
	media/media.h
MEDIA_LIBRARY_LIBS = media/libmedia.a lib/liboffhook.a $(MEDIA_LIBS) $(EVENT_LIBS) -lm
