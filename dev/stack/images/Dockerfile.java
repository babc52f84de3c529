# A Java 17 runtime cut from the machine's JDK, with its default class data archive.
FROM localhost/barista/debian:bookworm
COPY jre /opt/java/openjdk
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN java -XX:+UseSerialGC -Xshare:dump && java -version
